package dev.backlane.gateway.upstream;

import java.io.IOException;

/// No byte of the request was sent to the upstream: there was no connection. Any other failure may
/// have happened after the upstream acted.
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

  /// Whether all connections were in use; the upstream itself may be healthy.
  public boolean busy() {
    return busy;
  }
}
