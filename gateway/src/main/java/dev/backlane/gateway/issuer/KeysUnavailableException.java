package dev.backlane.gateway.issuer;

/// The keys of an issuer are needed and cannot be read now. Reported to the log by the [KeySource].
public final class KeysUnavailableException extends Exception {
  private static final long serialVersionUID = 1L;

  KeysUnavailableException(String message) {
    super(message);
  }
}
