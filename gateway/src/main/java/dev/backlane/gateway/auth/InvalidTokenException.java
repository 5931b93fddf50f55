package dev.backlane.gateway.auth;

/// A token is not accepted. The message is one sentence for the client's developer, without the
/// token.
final class InvalidTokenException extends Exception {
  private static final long serialVersionUID = 1L;

  InvalidTokenException(String detail) {
    super(detail);
  }

  String detail() {
    return String.valueOf(getMessage());
  }
}
