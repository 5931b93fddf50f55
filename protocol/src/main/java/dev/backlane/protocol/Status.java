package dev.backlane.protocol;

import com.fasterxml.jackson.annotation.JsonValue;

/// The status of an operation, in the three words of the documented system.
public enum Status {
  /// Stored, and not ended yet.
  STARTED("Started"),
  /// The endpoint responded, with any HTTP status.
  FINISHED("Finished"),
  /// No response of the endpoint is available.
  FAILED("Failed");

  private final String wire;

  Status(String wire) {
    this.wire = wire;
  }

  /// The value in JSON and in query parameters.
  @JsonValue
  public String wire() {
    return wire;
  }
}
