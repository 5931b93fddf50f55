package dev.backlane.gateway.seal;

/// Sealed credentials cannot be opened: changed, of another operation, or sealed with another key.
public final class UnsealException extends RuntimeException {
  private static final long serialVersionUID = 1;

  UnsealException(String message) {
    super(message);
  }

  UnsealException(String message, Throwable cause) {
    super(message, cause);
  }
}
