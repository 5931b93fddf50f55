package dev.backlane.gateway.upstream;

/// An attempt has no valid credentials, so it is not sent. The message is shown to the caller and
/// holds no secret.
public final class CredentialsException extends Exception {
  private static final long serialVersionUID = 1L;
  private final boolean temporary;

  /// @param temporary whether a later attempt may succeed, as when a token endpoint is unavailable
  public CredentialsException(String message, boolean temporary) {
    super(message);
    this.temporary = temporary;
  }

  /// Whether a later attempt may succeed.
  public boolean temporary() {
    return temporary;
  }
}
