package dev.backlane.protocol;

import com.fasterxml.jackson.annotation.JsonValue;

/// Where an operation stands, in the three words of the documented system.
public enum Status {
  /// Stored, and not ended yet.
  STARTED("Started"),
  /// The endpoint answered, with whatever HTTP status.
  FINISHED("Finished"),
  /// No answer of the endpoint can be given.
  FAILED("Failed");

  private final String wire;

  Status(String wire) {
    this.wire = wire;
  }

  /// The word in JSON and in query parameters.
  @JsonValue
  public String wire() {
    return wire;
  }
}
