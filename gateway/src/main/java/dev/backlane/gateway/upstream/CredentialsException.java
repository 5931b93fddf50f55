package dev.backlane.gateway.upstream;

/// An attempt has no credentials that are good, so it is not sent. The message is shown to the caller and holds no secret.
public final class CredentialsException extends Exception {
  private static final long serialVersionUID = 1L;
  private final boolean passing;

  /// @param passing whether it may be better at a later attempt, as when a token endpoint is away
  public CredentialsException(String message, boolean passing) {
    super(message);
    this.passing = passing;
  }

  /// Whether a later attempt may go well.
  public boolean passing() {
    return passing;
  }
}
