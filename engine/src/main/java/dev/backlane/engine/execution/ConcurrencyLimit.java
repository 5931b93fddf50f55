package dev.backlane.engine.execution;

import java.time.Duration;
import java.time.Instant;

/// How many attempts the upstream handles well at a time. Found by additive increase and
/// multiplicative decrease (Chiu and Jain, "Analysis of the Increase and Decrease Algorithms for
/// Congestion Avoidance", 1989): one more for each round of attempts without overload, a third less
/// when the upstream is overloaded. Thread-safe.
public final class ConcurrencyLimit {
  private static final double DECREASE = 2.0 / 3;

  private final int max;
  private final Duration latencyTarget;
  private double limit;
  private Instant lowered = Instant.MIN;

  /// @param max the initial and the highest limit, at least 1
  /// @param latencyTarget an attempt that takes longer counts as overload; zero means that none
  ///     does, since the normal duration of a call is unknown until the owner of the API configures
  ///     it
  ConcurrencyLimit(int max, Duration latencyTarget) {
    this.max = max;
    this.latencyTarget = latencyTarget;
    this.limit = max;
  }

  /// How many attempts may be in flight, from 1 to the maximum.
  public synchronized int current() {
    return (int) limit;
  }

  /// Adapts the limit to the result of an attempt.
  ///
  /// @param startedAt an attempt that began before the last decrease does not cause another
  /// @param refused whether the upstream responded with 429 or 503
  /// @param inFlight attempts in flight including this one; the limit grows only if it is reached
  synchronized void ended(Instant startedAt, Instant now, boolean refused, int inFlight) {
    boolean slow =
        !latencyTarget.isZero() && Duration.between(startedAt, now).compareTo(latencyTarget) > 0;
    if (refused || slow) {
      if (startedAt.isAfter(lowered)) {
        limit = Math.max(1, limit * DECREASE);
        lowered = now;
      }
    } else if (inFlight >= current()) {
      limit = Math.min(max, limit + 1 / limit);
    }
  }
}
