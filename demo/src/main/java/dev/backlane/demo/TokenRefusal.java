package dev.backlane.demo;

import java.util.Map;

/// An error response of a token endpoint (RFC 6749 section 5.2).
final class TokenRefusal extends Exception {
  private static final long serialVersionUID = 1;

  private final int status;
  private final String error;

  private TokenRefusal(int status, String error, String description) {
    super(description, null, false, false);
    this.status = status;
    this.error = error;
  }

  static TokenRefusal of(String error, String description) {
    return new TokenRefusal(400, error, description);
  }

  static TokenRefusal invalidClient(String description) {
    return new TokenRefusal(401, "invalid_client", description);
  }

  int status() {
    return status;
  }

  Map<String, Object> body() {
    // Letters and digits mostly, but parameter names come from the client: RFC 6749 allows
    // %x20-21 / %x23-5B / %x5D-7E here.
    String description =
        String.valueOf(getMessage()).replaceAll("[^\\x20-\\x21\\x23-\\x5B\\x5D-\\x7E]", "?");
    return Map.of("error", error, "error_description", description);
  }
}
