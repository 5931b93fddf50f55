package dev.backlane.gateway.http;

import dev.backlane.engine.operation.Header;

/// Refuses heads that the gateway could not send to the upstream as it received them. Stateless.
final class RequestHead {
  private static final char FIRST_VISIBLE = '!';
  private static final char LAST_VISIBLE = '~';

  private RequestHead() {}

  /// Checks the method, the target and the names of the header fields.
  ///
  /// @throws ProblemException 400, and the connection is closed
  static void require(Call call) {
    if (call.method().isEmpty()) {
      throw Problems.malformed("The request line has no method.");
    }
    if (!isVisible(call.target())) {
      throw Problems.malformed(
          "The request target holds a control character or a byte outside ASCII. Percent-encode it.");
    }
    for (Header field : call.headers()) {
      if (field.name().isEmpty()) {
        throw Problems.malformed("A header field has no name. Remove it.");
      }
    }
  }

  private static boolean isVisible(String target) {
    for (int each = 0; each < target.length(); each++) {
      if (target.charAt(each) < FIRST_VISIBLE || target.charAt(each) > LAST_VISIBLE) {
        return false;
      }
    }
    return true;
  }
}
