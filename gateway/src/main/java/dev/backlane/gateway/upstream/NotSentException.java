package dev.backlane.gateway.upstream;

import java.io.IOException;

/// No byte of the request has left for the upstream: no connection was to be had. Anything else that goes wrong may have
/// happened after the upstream acted.
public final class NotSentException extends IOException {
  private static final long serialVersionUID = 1L;

  private final boolean busy;

  NotSentException(String message) {
    this(message, false);
  }

  NotSentException(String message, boolean busy) {
    super(message);
    this.busy = busy;
  }

  NotSentException(String message, Throwable cause) {
    super(message, cause);
    this.busy = false;
  }

  /// Tells whether all connections were in use: the upstream may be well.
  public boolean busy() {
    return busy;
  }
}
