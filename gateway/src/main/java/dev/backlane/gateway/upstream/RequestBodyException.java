package dev.backlane.gateway.upstream;

import dev.backlane.engine.store.failure.StoreException;
import java.io.IOException;

/// The request's body could not be read from its source; the upstream did not fail.
public final class RequestBodyException extends IOException {
  private static final long serialVersionUID = 1L;

  private final boolean nothingSent;

  /// @param nothingSent no byte of the request was sent
  RequestBodyException(Exception cause, boolean nothingSent) {
    super("the request's body cannot be read: " + cause.getMessage(), cause);
    this.nothingSent = nothingSent;
  }

  /// Whether certainly no byte of the request was sent to the upstream.
  public boolean nothingSent() {
    return nothingSent;
  }

  /// Whether the stored body is damaged or missing, so that a retry would not help.
  public boolean damaged() {
    for (var cause = getCause(); cause != null; cause = cause.getCause()) {
      if (cause instanceof StoreException.Damaged) {
        return true;
      }
    }
    return false;
  }
}
