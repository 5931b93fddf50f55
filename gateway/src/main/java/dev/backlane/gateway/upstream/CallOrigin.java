package dev.backlane.gateway.upstream;

import dev.backlane.engine.operation.Header;
import dev.backlane.gateway.http.Call;
import dev.backlane.gateway.http.Call.ConnectionScope;
import java.util.List;

/// Where a proxied call comes from.
///
/// @param connection of the client
/// @param reported what a proxy in front of the gateway reports of the client behind it, such as
///     `X-Forwarded-For`; a proxy may send the calls of many clients on one connection
public record CallOrigin(ConnectionScope connection, List<Header> reported) {
  private static final List<String> REPORTS =
      List.of("Forwarded", "X-Forwarded-For", "X-Real-IP", "Via");

  /// The origin of a call.
  public static CallOrigin of(Call call) {
    return new CallOrigin(
        call.connection(),
        call.headers().stream().filter(field -> REPORTS.stream().anyMatch(field::is)).toList());
  }
}
