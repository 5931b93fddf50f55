package dev.backlane.gateway.seal;

/// The master key is unavailable. The message names the fix and never the key.
public final class MasterKeyException extends RuntimeException {
  private static final long serialVersionUID = 1;

  MasterKeyException(String message) {
    super(message);
  }

  MasterKeyException(String message, Throwable cause) {
    super(message, cause);
  }
}
