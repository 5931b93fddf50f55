package dev.backlane.gateway.http;

import dev.backlane.engine.operation.Header;
import dev.backlane.protocol.ProblemType;
import io.helidon.webserver.http.ServerRequest;
import java.util.List;

/// The methods that a resource knows.
public final class Methods {
  private Methods() {}

  /// The method of a request, as it was received.
  public static String of(ServerRequest request) {
    return request.prologue().method().text();
  }

  /// @param allowed methods, separated by a comma and a space
  /// @throws ProblemException 405 if the method is none of them
  public static void allow(String method, String allowed) {
    if (!List.of(allowed.split(", ")).contains(method)) {
      throw new ProblemException(
          ProblemType.METHOD_NOT_ALLOWED,
          method + " means nothing here. Allowed: " + allowed + ".",
          new Header("Allow", allowed));
    }
  }
}
