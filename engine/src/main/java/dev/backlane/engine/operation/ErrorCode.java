package dev.backlane.engine.operation;

/// Why an operation ended without a response, as a word that programs can compare.
///
/// A code is part of the stored format: its number never changes, and is not used again.
public enum ErrorCode {
  /// The request may have reached the upstream, and no complete response was received.
  OUTCOME_UNKNOWN(1, "outcome-unknown"),
  /// The upstream could not be reached until the time of the operation was over.
  UPSTREAM_UNREACHABLE(2, "upstream-unreachable"),
  /// The time of the operation was over before an attempt could be made.
  DEADLINE_EXCEEDED(3, "deadline-exceeded"),
  /// The caller canceled it.
  CANCELED(4, "canceled"),
  /// The stored credentials cannot be used any more.
  CREDENTIALS_EXPIRED(5, "credentials-expired"),
  /// The upstream responded with more than can be stored.
  RESPONSE_TOO_LARGE(6, "response-too-large"),
  /// A stored body is missing or altered.
  CONTENT_DAMAGED(7, "content-damaged"),
  /// Backlane itself failed.
  INTERNAL(8, "internal");

  private final int number;
  private final String wire;

  ErrorCode(int number, String wire) {
    this.number = number;
    this.wire = wire;
  }

  /// Its number in stored records.
  public int number() {
    return number;
  }

  /// The value of `errorCode` in state documents.
  public String wire() {
    return wire;
  }
}
