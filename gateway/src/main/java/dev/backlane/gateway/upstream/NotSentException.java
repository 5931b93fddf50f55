package dev.backlane.gateway.upstream;

import dev.backlane.engine.operation.Obstacle;
import java.io.IOException;

/// No byte of the request was sent to the upstream: there was no connection. Any other failure may
/// have happened after the upstream acted.
public final class NotSentException extends IOException {
  private static final long serialVersionUID = 1L;

  private final Obstacle obstacle;

  NotSentException(Obstacle obstacle, String message) {
    super(message);
    this.obstacle = obstacle;
  }

  NotSentException(Obstacle obstacle, String message, Throwable cause) {
    super(message, cause);
    this.obstacle = obstacle;
  }

  /// What kept the request from being sent.
  public Obstacle obstacle() {
    return obstacle;
  }
}
