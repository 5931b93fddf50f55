package dev.backlane.engine.background;

import java.time.Duration;

/// Exponential waits between repeated failures: `min`, twice `min`, four times `min`, and so on, at
/// most `max`. Equal bounds give a constant wait. Immutable.
///
/// @param min the wait after the first failure, at least 1 ms
/// @param max the longest wait, at least `min`
public record Backoff(Duration min, Duration max) {
  private static final int DOUBLINGS_MAX = 30;

  public Backoff {
    if (min.compareTo(Duration.ofMillis(1)) < 0 || max.compareTo(min) < 0) {
      throw new IllegalArgumentException(
          "A backoff needs 1 ms <= min <= max, not " + min + " and " + max);
    }
  }

  /// A backoff that waits equally long after each failure.
  public static Backoff constant(Duration wait) {
    return new Backoff(wait, wait);
  }

  /// How long to wait after a number of failures in a row.
  ///
  /// @param failures at least 1
  public Duration after(int failures) {
    long factor = 1L << Math.min(failures - 1, DOUBLINGS_MAX);
    return max.dividedBy(factor).compareTo(min) < 0 ? max : min.multipliedBy(factor);
  }
}
