package dev.backlane.gateway.seal;

/// Sealed credentials cannot be opened: changed, of another operation, or sealed with another key.
public final class SealBrokenException extends RuntimeException {
  private static final long serialVersionUID = 1;

  SealBrokenException(String message) {
    super(message);
  }

  SealBrokenException(String message, Throwable cause) {
    super(message, cause);
  }
}
