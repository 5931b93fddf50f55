package dev.backlane.engine.execution;

import java.time.Duration;
import java.time.Instant;

/// How many attempts the upstream takes well at a time, found by additive increase and multiplicative decrease (Chiu and Jain,
/// "Analysis of the Increase and Decrease Algorithms for Congestion Avoidance", 1989): one more for each round of attempts that
/// went well, a third less when the upstream says that it is too much. Thread-safe.
public final class ConcurrencyLimit {
  private static final double DECREASE = 2.0 / 3;

  private final int max;
  private final Duration latencyTarget;
  private double limit;
  private Instant lowered = Instant.MIN;

  /// @param max where it begins and what it never passes, at least 1
  /// @param latencyTarget an attempt that takes longer says that it is too much; zero: no attempt does, since how long a
  ///     call takes is the API's own matter until its owner says what is normal
  ConcurrencyLimit(int max, Duration latencyTarget) {
    this.max = max;
    this.latencyTarget = latencyTarget;
    this.limit = max;
  }

  /// How many attempts may be under way, from 1 to the maximum.
  public synchronized int current() {
    return (int) limit;
  }

  /// Told how an attempt went.
  ///
  /// @param startedAt one that began before the last decrease says nothing about the limit after it
  /// @param refused the upstream answered 429 or 503
  /// @param underWay attempts under way with it; a limit that is not needed does not grow
  synchronized void ended(Instant startedAt, Instant now, boolean refused, int underWay) {
    boolean slow =
        !latencyTarget.isZero() && Duration.between(startedAt, now).compareTo(latencyTarget) > 0;
    if (refused || slow) {
      if (startedAt.isAfter(lowered)) {
        limit = Math.max(1, limit * DECREASE);
        lowered = now;
      }
    } else if (underWay >= current()) {
      limit = Math.min(max, limit + 1 / limit);
    }
  }
}
