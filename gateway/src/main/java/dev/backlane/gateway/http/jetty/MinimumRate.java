package dev.backlane.gateway.http.jetty;

import java.time.Duration;

/// How far a client is behind the minimum rate at which it must send or read content. A client may
/// fall behind by `server.request-timeout`: for that long it may be silent, and catch up later. A
/// client that stays slower than the rate runs out of time, however steadily its bytes arrive.
/// Only time in which the gateway waits for the client counts.
///
/// The caller synchronizes.
final class MinimumRate {
  private static final long NANOS_PER_SECOND = 1_000_000_000;

  private final long bytesPerSecond;
  private final long behindMaxNanos;
  private long leftNanos;

  /// @param bytesPerSecond the minimum rate; 0: only silence is limited
  /// @param behindMax the longest silence
  MinimumRate(long bytesPerSecond, Duration behindMax) {
    this.bytesPerSecond = bytesPerSecond;
    this.behindMaxNanos = behindMax.toNanos();
    this.leftNanos = behindMaxNanos;
  }

  /// How long the gateway waits for the client's next byte; 0 or less: the client is too slow.
  long leftNanos() {
    return leftNanos;
  }

  /// Counts a wait, and the bytes that the client sent or read in it.
  void waited(long nanos, long bytes) {
    leftNanos = Math.min(behindMaxNanos, leftNanos - nanos + earnedNanos(bytes));
  }

  private long earnedNanos(long bytes) {
    if (bytes == 0) {
      return 0;
    }
    return bytesPerSecond == 0
        ? 2 * behindMaxNanos
        : bytes / bytesPerSecond * NANOS_PER_SECOND
            + bytes % bytesPerSecond * NANOS_PER_SECOND / bytesPerSecond;
  }
}
