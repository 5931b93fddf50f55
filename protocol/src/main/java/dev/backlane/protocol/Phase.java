package dev.backlane.protocol;

import com.fasterxml.jackson.annotation.JsonValue;

/// Refines [Status]; an addition of Backlane to the documented system.
public enum Phase {
  /// Waits for its first attempt.
  QUEUED("queued", Status.STARTED),
  /// Waits for a decision of the operator: the store is a copy, and the operation may have been
  /// executed already.
  HELD("held", Status.STARTED),
  /// An attempt is in flight.
  RUNNING("running", Status.STARTED),
  /// Waits for another attempt.
  RETRYING("retrying", Status.STARTED),
  /// Ended with a response of the endpoint.
  FINISHED("finished", Status.FINISHED),
  /// Ended without a response.
  FAILED("failed", Status.FAILED),
  /// Canceled by its caller.
  CANCELED("canceled", Status.FAILED);

  private final String wire;
  private final Status status;

  Phase(String wire, Status status) {
    this.wire = wire;
    this.status = status;
  }

  /// The value in JSON and in query parameters.
  @JsonValue
  public String wire() {
    return wire;
  }

  /// The documented status that this phase refines.
  public Status status() {
    return status;
  }

  /// The phase of a document without one, as the documented system sends it.
  static Phase of(Status status) {
    return switch (status) {
      case STARTED -> RUNNING;
      case FINISHED -> FINISHED;
      case FAILED -> FAILED;
    };
  }
}
