package dev.backlane.engine.delivery;

import java.time.Duration;
import java.time.Instant;

/// One attempt and its result.
///
/// @param startedAt when it started
/// @param took the duration from the start to the response or the failure
/// @param statusCode the HTTP status of the receiver's response; 0 if there was none
/// @param detail the first KiB of the response as text, or why there is none
public record DeliveryAttempt(Instant startedAt, Duration took, int statusCode, String detail) {
  /// The most bytes of a response that are stored.
  public static final int DETAIL_BYTES_MAX = 1024;
}
