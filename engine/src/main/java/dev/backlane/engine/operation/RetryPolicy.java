package dev.backlane.engine.operation;

import java.time.Duration;
import java.util.HashSet;
import java.util.Set;

/// Limits how often and for how long an operation is attempted, and sets the waits in between.
///
/// @param maxAttempts attempts that may have reached the upstream, at least 1
/// @param maxDuration from receipt; no attempt begins after it
/// @param backoffInitial the longest wait before the second attempt
/// @param backoffMax the longest wait before any attempt
/// @param retryAfterMax the longest wait that an upstream's `Retry-After` can cause
/// @param retryOn the status codes after which a call that may be repeated is sent again.
///     Regardless of this set, 429, and 503 with `Retry-After`, are always retried, since the
///     upstream did not execute the call; 401 never is
/// @param repeatable whether calls may be repeated regardless of their method, as the owner of the
///     API declares
public record RetryPolicy(
    int maxAttempts,
    Duration maxDuration,
    Duration backoffInitial,
    Duration backoffMax,
    Duration retryAfterMax,
    Set<Integer> retryOn,
    boolean repeatable) {

  /// The status codes of a gateway that could not complete the call (CONTRACT 2.2).
  public static final Set<Integer> RETRY_ON_DEFAULT = Set.of(502, 503, 504);

  /// The longest wait after an attempt that did not reach the upstream.
  static final Duration UNSENT_BACKOFF_MAX = Duration.ofSeconds(60);

  /// The same if the upstream was unreachable: operations that wait for it are limited by its
  /// circuit breaker already, and must be sent soon after it is back.
  static final Duration UNREACHABLE_BACKOFF_MAX = Duration.ofSeconds(15);

  private static final int DOUBLINGS_MAX = 30;

  public RetryPolicy {
    retryOn = Set.copyOf(retryOn);
    if (maxAttempts < 1) {
      throw new IllegalArgumentException("maxAttempts must be at least 1, not " + maxAttempts);
    }
  }

  /// The policy that permits only what both permit.
  public RetryPolicy stricter(RetryPolicy other) {
    var both = new HashSet<>(retryOn);
    both.retainAll(other.retryOn);
    return new RetryPolicy(
        Math.min(maxAttempts, other.maxAttempts),
        shorter(maxDuration, other.maxDuration),
        backoffInitial,
        backoffMax,
        shorter(retryAfterMax, other.retryAfterMax),
        both,
        repeatable && other.repeatable);
  }

  /// The shorter of two durations.
  public static Duration shorter(Duration one, Duration other) {
    return one.compareTo(other) <= 0 ? one : other;
  }

  /// The wait after an attempt: exponential with full jitter, which spreads retries best (Brooker,
  /// "Exponential Backoff And Jitter", AWS Architecture Blog, 2015).
  ///
  /// @param attempt the attempt that has just ended, from 1
  /// @param jitter at least 0, less than 1
  Duration backoff(int attempt, double jitter) {
    long ceiling = backoffInitial.toMillis() << Math.min(attempt - 1, DOUBLINGS_MAX);
    boolean overflowed = ceiling < backoffInitial.toMillis();
    long millis = overflowed ? backoffMax.toMillis() : Math.min(ceiling, backoffMax.toMillis());
    return Duration.ofMillis((long) (millis * jitter));
  }

  /// The wait after an attempt that was not sent: with full jitter, up to twice the time since the
  /// first attempt. So the expected time doubles with each attempt, without a count of attempts.
  ///
  /// @param elapsed since the first attempt; negative if the clock was set back
  /// @param jitter at least 0, less than 1
  Duration unsentBackoff(Obstacle obstacle, Duration elapsed, double jitter) {
    long limit =
        Math.min(
            (obstacle == Obstacle.UPSTREAM_UNREACHABLE
                    ? UNREACHABLE_BACKOFF_MAX
                    : UNSENT_BACKOFF_MAX)
                .toMillis(),
            backoffMax.toMillis());
    long ceiling = Math.min(limit, Math.max(backoffInitial.toMillis(), 2 * elapsed.toMillis()));
    return Duration.ofMillis((long) (ceiling * jitter));
  }

  /// The wait that an upstream requested, limited to the maximum.
  Duration capped(Duration retryAfter) {
    return retryAfter.compareTo(retryAfterMax) < 0 ? retryAfter : retryAfterMax;
  }
}
