package dev.backlane.gateway.upstream;

import java.io.IOException;

/// The request's body could not be read from where it comes; the upstream is not at fault.
public final class RequestBodyException extends IOException {
  private static final long serialVersionUID = 1L;

  private final boolean nothingSent;

  /// @param nothingSent no byte of the request has left yet
  RequestBodyException(Exception cause, boolean nothingSent) {
    super("the request's body cannot be read: " + cause.getMessage(), cause);
    this.nothingSent = nothingSent;
  }

  /// Tells whether certainly no byte of the request has left for the upstream.
  public boolean nothingSent() {
    return nothingSent;
  }
}
