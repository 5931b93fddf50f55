package dev.backlane.gateway.http.jetty;

import java.util.function.LongSupplier;

/// How far the client of a call is behind 4 KiB/s, counting only time in which the gateway waits
/// for it. It decides which clients lose their connection when others need one; it limits nothing
/// otherwise. Thread-safe.
final class ClientLag {
  /// A client at this rate needs 4 min for a mebibyte.
  private static final long BYTES_PER_SECOND = 4 * 1024;

  private static final long NANOS_PER_SECOND = 1_000_000_000;

  /// How long a client that was faster may pause before it is behind.
  private static final long AHEAD_MAX_NANOS = NANOS_PER_SECOND;

  private final LongSupplier bytesMoved;
  private boolean waiting;
  private long sinceNanos;
  private long sinceBytes;
  private long behindNanos;

  /// @param bytesMoved counts the bytes that the client has sent, or read
  ClientLag(LongSupplier bytesMoved) {
    this.bytesMoved = bytesMoved;
  }

  /// The gateway begins to wait for the client.
  synchronized void waits() {
    waiting = true;
    sinceNanos = System.nanoTime();
    sinceBytes = bytesMoved.getAsLong();
  }

  /// The wait has ended.
  synchronized void moved() {
    behindNanos = nanos();
    waiting = false;
  }

  /// The time by which the client is behind now; negative: ahead.
  synchronized long nanos() {
    if (!waiting) {
      return behindNanos;
    }
    long waitedNanos = System.nanoTime() - sinceNanos;
    long bytes = bytesMoved.getAsLong() - sinceBytes;
    return Math.max(
        -AHEAD_MAX_NANOS, behindNanos + waitedNanos - bytes * NANOS_PER_SECOND / BYTES_PER_SECOND);
  }

  /// Whether the gateway waits for the client now.
  synchronized boolean waiting() {
    return waiting;
  }
}
