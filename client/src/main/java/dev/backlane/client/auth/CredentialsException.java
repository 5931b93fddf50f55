package dev.backlane.client.auth;

import java.io.IOException;

/// There is no access token for a request, which was not sent. The message never shows a secret.
public final class CredentialsException extends IOException {
  private static final long serialVersionUID = 1;

  private final boolean temporary;

  /// @param temporary whether a token may be available later, as after an outage of the token
  ///     endpoint; a client then tries again
  public CredentialsException(String message, boolean temporary) {
    super(message);
    this.temporary = temporary;
  }

  /// As above, with a cause.
  public CredentialsException(String message, boolean temporary, Throwable cause) {
    super(message, cause);
    this.temporary = temporary;
  }

  /// Whether a token may be available later.
  public boolean temporary() {
    return temporary;
  }
}
