package dev.backlane.gateway.http;

import dev.backlane.engine.operation.Header;

/// Refuses heads that the gateway could not send to the upstream as it received them. Stateless.
final class RequestHead {
  private static final char FIRST_VISIBLE = '!';
  private static final char LAST_VISIBLE = '~';
  private static final String DELIMITERS = "\"(),/:;<=>?@[\\]{}";

  private RequestHead() {}

  /// Checks the method, the target with its authority, and the names of the header fields.
  ///
  /// @throws ProblemException 400, and the connection is closed
  static void require(Call call) {
    if (!isToken(call.method())) {
      throw Problems.malformed("The method in the request line is not a token.");
    }
    if (!isVisible(call.target()) || !isVisible(call.authority())) {
      throw Problems.malformed(
          "The request target holds a control character or a byte outside ASCII. Percent-encode it.");
    }
    for (Header field : call.headers()) {
      if (field.name().isEmpty()) {
        throw Problems.malformed("A header field has no name. Remove it.");
      }
    }
  }

  /// RFC 9110 section 5.6.2.
  private static boolean isToken(String method) {
    for (int each = 0; each < method.length(); each++) {
      char letter = method.charAt(each);
      boolean visible = letter >= FIRST_VISIBLE && letter <= LAST_VISIBLE;
      if (!visible || DELIMITERS.indexOf(letter) >= 0) {
        return false;
      }
    }
    return !method.isEmpty();
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
