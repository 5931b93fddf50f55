package dev.backlane.engine.execution.permits;

import java.time.Duration;

/// Limits the attempts in flight to the number that the upstream handles without overload. Adapts
/// by additive increase and multiplicative decrease (Chiu and Jain, "Analysis of the Increase and
/// Decrease Algorithms for Congestion Avoidance", 1989): the limit grows by one for each round of
/// attempts without overload, and drops by a third when the upstream is overloaded. Thread-safe.
final class ConcurrencyLimit {
  private static final double DECREASE = 2.0 / 3;

  private final int max;
  private final long latencyTargetNanos;
  private double limit;
  private boolean decreased;
  private long decreasedNanos;

  /// @param max the initial and the highest limit, at least 1
  /// @param latencyTarget an attempt that takes longer counts as overload; zero means that duration
  ///     is ignored, since the normal duration of a call is unknown unless it is configured
  ConcurrencyLimit(int max, Duration latencyTarget) {
    this.max = max;
    this.latencyTargetNanos = latencyTarget.toNanos();
    this.limit = max;
  }

  /// How many attempts may be in flight, from 1 to the maximum.
  synchronized int current() {
    return (int) limit;
  }

  /// Adapts the limit to the result of an attempt.
  ///
  /// @param startedNanos an attempt that began before the last decrease does not cause another
  /// @param refused whether the upstream responded with 429 or 503
  /// @param inFlight attempts in flight including this one; the limit grows only if it is reached
  synchronized void ended(long startedNanos, long nowNanos, boolean refused, int inFlight) {
    if (refused || slow(startedNanos, nowNanos)) {
      if (!decreased || startedNanos - decreasedNanos > 0) {
        limit = Math.max(1, limit * DECREASE);
        decreased = true;
        decreasedNanos = nowNanos;
      }
    } else if (inFlight >= current()) {
      limit = Math.min(max, limit + 1 / limit);
    }
  }

  /// Whether an attempt that succeeded would lower the limit.
  boolean slow(long startedNanos, long nowNanos) {
    return latencyTargetNanos > 0 && nowNanos - startedNanos > latencyTargetNanos;
  }
}
