package dev.backlane.engine.execution;

import java.time.Duration;
import java.time.Instant;

/// Limits the attempts in flight to the number that the upstream handles without overload. Adapts
/// by additive increase and multiplicative decrease (Chiu and Jain, "Analysis of the Increase and
/// Decrease Algorithms for Congestion Avoidance", 1989): the limit grows by one for each round of
/// attempts without overload, and drops by a third when the upstream is overloaded. Thread-safe.
public final class ConcurrencyLimit {
  private static final double DECREASE = 2.0 / 3;

  private final int max;
  private final Duration latencyTarget;
  private double limit;
  private Instant decreasedAt = Instant.MIN;

  /// @param max the initial and the highest limit, at least 1
  /// @param latencyTarget an attempt that takes longer counts as overload; zero means that duration
  ///     is ignored, since the normal duration of a call is unknown unless it is configured
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
      if (startedAt.isAfter(decreasedAt)) {
        limit = Math.max(1, limit * DECREASE);
        decreasedAt = now;
      }
    } else if (inFlight >= current()) {
      limit = Math.min(max, limit + 1 / limit);
    }
  }
}
