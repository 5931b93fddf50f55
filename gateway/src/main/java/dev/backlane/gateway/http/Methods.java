package dev.backlane.gateway.http;

import dev.backlane.engine.operation.Header;
import dev.backlane.protocol.ProblemType;
import java.util.List;

/// The methods that a resource supports. Stateless.
public final class Methods {
  private Methods() {}

  /// @param allowed methods, separated by a comma and a space
  /// @throws ProblemException 405 if the call's method is none of them
  public static void allow(Call call, String allowed) {
    if (!List.of(allowed.split(", ")).contains(call.method())) {
      throw new ProblemException(
          ProblemType.METHOD_NOT_ALLOWED,
          call.method() + " is not supported here. Allowed: " + allowed + ".",
          new Header("Allow", allowed));
    }
  }
}
