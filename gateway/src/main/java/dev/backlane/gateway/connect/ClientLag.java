package dev.backlane.gateway.connect;

import java.time.Duration;
import java.util.function.LongSupplier;

/// How far the client of a call is behind 4 KiB/s, counting only time in which the gateway waits
/// for it. It decides which clients lose their connection when others need one; it limits nothing
/// otherwise. Thread-safe.
public final class ClientLag {
  /// A client that is this far behind is slow.
  public static final Duration SLOW_FROM = Duration.ofSeconds(1);

  /// A client at this rate needs 4 min for a mebibyte.
  private static final long BYTES_PER_SECOND = 4 * 1024;

  private static final long NANOS_PER_SECOND = 1_000_000_000;

  private final LongSupplier bytesMoved;
  private final long aheadMaxNanos;
  private boolean waiting;
  private long sinceNanos;
  private long sinceBytes;
  private long behindNanos;

  /// @param bytesMoved counts the bytes that the client has sent, or read
  /// @param aheadMax how long a client that was faster may pause before it is behind
  public ClientLag(LongSupplier bytesMoved, Duration aheadMax) {
    this.bytesMoved = bytesMoved;
    this.aheadMaxNanos = aheadMax.toNanos();
  }

  /// The gateway begins to wait for the client.
  public synchronized void waits() {
    waiting = true;
    sinceNanos = System.nanoTime();
    sinceBytes = bytesMoved.getAsLong();
  }

  /// The wait has ended.
  public synchronized void moved() {
    behindNanos = nanos();
    waiting = false;
  }

  /// The time by which the client is behind now, in nanoseconds; negative: ahead.
  public synchronized long nanos() {
    if (!waiting) {
      return behindNanos;
    }
    long waitedNanos = System.nanoTime() - sinceNanos;
    long bytes = bytesMoved.getAsLong() - sinceBytes;
    return Math.max(
        -aheadMaxNanos, behindNanos + waitedNanos - bytes * NANOS_PER_SECOND / BYTES_PER_SECOND);
  }

  /// Whether the gateway waits for the client now.
  public synchronized boolean waiting() {
    return waiting;
  }
}
