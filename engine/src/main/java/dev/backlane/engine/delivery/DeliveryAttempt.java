package dev.backlane.engine.delivery;

import java.time.Duration;
import java.time.Instant;

/// What one attempt came to.
///
/// @param startedAt when it was made
/// @param took from then to the answer or the failure
/// @param statusCode HTTP status of the receiver's answer; 0: none came
/// @param detail the first KiB of the answer as text, or why there is none
public record DeliveryAttempt(Instant startedAt, Duration took, int statusCode, String detail) {
  /// Of an answer, what is kept.
  public static final int DETAIL_BYTES_MAX = 1024;
}
