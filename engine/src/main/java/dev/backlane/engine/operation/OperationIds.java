package dev.backlane.engine.operation;

import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;

/// Issues operation ids, each higher than the last, even if the clock goes back (RFC 9562 section
/// 6.2, method 1: the 12 bits after the version count within a millisecond, and overflow into the
/// time). Thread-safe.
public final class OperationIds {
  private static final int SEQUENCE_BITS = 12;
  private static final long SEQUENCE_MASK = (1L << SEQUENCE_BITS) - 1;

  private final InstantSource clock;
  private final RandomGenerator random;
  private final AtomicLong last = new AtomicLong();

  /// @param clock supplies the time of receipt
  /// @param random supplies the 62 low bits; thread-safe, and unpredictable if ids are visible to
  ///     clients
  public OperationIds(InstantSource clock, RandomGenerator random) {
    this.clock = clock;
    this.random = random;
  }

  /// The next id.
  public OperationId next() {
    long floor = clock.millis() << SEQUENCE_BITS;
    long ticket = last.updateAndGet(previous -> Math.max(previous + 1, floor));
    long high = (ticket >>> SEQUENCE_BITS) << 16 | 7L << SEQUENCE_BITS | ticket & SEQUENCE_MASK;
    return new OperationId(high, 1L << 63 | random.nextLong() >>> 2);
  }
}
