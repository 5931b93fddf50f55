package dev.backlane.engine.execution.permits;

import java.util.function.Supplier;

/// Limits the attempts in flight to the number that the upstream handles without overload. Adapts
/// by additive increase and multiplicative decrease (Chiu and Jain, "Analysis of the Increase and
/// Decrease Algorithms for Congestion Avoidance", 1989): the limit grows by one for each round of
/// attempts without overload, and drops by a third when the upstream is overloaded. Thread-safe.
final class ConcurrencyLimit {
  private static final double DECREASE = 2.0 / 3;

  private final Supplier<Concurrency> concurrency;
  private double limit;
  private boolean decreased;
  private long decreasedNanos;

  /// @param concurrency its maximum is the initial and the highest limit; an attempt that takes
  ///     longer than its target counts as overload. It may change
  ConcurrencyLimit(Supplier<Concurrency> concurrency) {
    this.concurrency = concurrency;
    this.limit = concurrency.get().max();
  }

  /// How many attempts may be in flight, from 1 to the maximum.
  synchronized int current() {
    return (int) Math.min(limit, concurrency.get().max());
  }

  /// Adapts the limit to the result of an attempt.
  ///
  /// @param startedNanos an attempt that began before the last decrease does not cause another
  /// @param refused whether the upstream responded with 429 or 503
  /// @param inFlight attempts in flight including this one; the limit grows only if it is reached
  synchronized void ended(long startedNanos, long nowNanos, boolean refused, int inFlight) {
    var present = concurrency.get();
    if (refused || present.slow(startedNanos, nowNanos)) {
      if (!decreased || startedNanos - decreasedNanos > 0) {
        limit = Math.max(1, Math.min(limit, present.max()) * DECREASE);
        decreased = true;
        decreasedNanos = nowNanos;
      }
    } else if (inFlight >= current()) {
      limit = Math.min(present.max(), limit + 1 / limit);
    }
  }
}
