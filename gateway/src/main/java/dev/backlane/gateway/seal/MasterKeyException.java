package dev.backlane.gateway.seal;

/// The master key cannot be had. The message names the mend and never the key.
public final class MasterKeyException extends RuntimeException {
  private static final long serialVersionUID = 1;

  MasterKeyException(String message) {
    super(message);
  }

  MasterKeyException(String message, Throwable cause) {
    super(message, cause);
  }
}
