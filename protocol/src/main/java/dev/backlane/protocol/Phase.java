package dev.backlane.protocol;

import com.fasterxml.jackson.annotation.JsonValue;

/// Refines [Status]; Backlane's addition to the documented system.
public enum Phase {
  /// Waits for its first attempt.
  QUEUED("queued", Status.STARTED),
  /// An attempt is under way.
  RUNNING("running", Status.STARTED),
  /// Waits for a further attempt.
  RETRYING("retrying", Status.STARTED),
  /// Ended with an answer of the endpoint.
  FINISHED("finished", Status.FINISHED),
  /// Ended without an answer.
  FAILED("failed", Status.FAILED),
  /// Called off by its caller.
  CANCELED("canceled", Status.FAILED);

  private final String wire;
  private final Status status;

  Phase(String wire, Status status) {
    this.wire = wire;
    this.status = status;
  }

  /// The word in JSON and in query parameters.
  @JsonValue
  public String wire() {
    return wire;
  }

  /// The documented status that this phase refines.
  public Status status() {
    return status;
  }

  /// The phase of a document that names none, as those of the documented system.
  static Phase of(Status status) {
    return switch (status) {
      case STARTED -> RUNNING;
      case FINISHED -> FINISHED;
      case FAILED -> FAILED;
    };
  }
}
