package dev.backlane.engine.operation;

import java.time.Duration;
import java.util.Set;

/// How often, how long and how patiently an operation is tried.
///
/// @param maxAttempts at least 1
/// @param maxDuration from receipt; no attempt is planned after it
/// @param backoffInitial the longest wait before the second attempt
/// @param backoffMax the longest wait before any attempt
/// @param retryAfterMax the cap of what an upstream's `Retry-After` can ask for
/// @param retryOn the answers after which a call is sent again, as far as a repeated call does no harm; 429, and 503 with
///     `Retry-After`, say themselves that nothing was done and are not asked of this; after 401 none is, whatever this says
/// @param repeatable the API's owner declares that a repeated call does no harm, whatever its method
public record RetryPolicy(
    int maxAttempts,
    Duration maxDuration,
    Duration backoffInitial,
    Duration backoffMax,
    Duration retryAfterMax,
    Set<Integer> retryOn,
    boolean repeatable) {

  /// The answers of a gateway that could not bring the call to its end (CONTRACT 2.2).
  public static final Set<Integer> RETRY_ON_DEFAULT = Set.of(502, 503, 504);

  private static final int DOUBLINGS_MAX = 30;

  public RetryPolicy {
    retryOn = Set.copyOf(retryOn);
    if (maxAttempts < 1) {
      throw new IllegalArgumentException("maxAttempts is at least 1, not " + maxAttempts);
    }
  }

  /// The wait after an attempt: exponential with full jitter, which spreads callers best
  /// (Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015).
  ///
  /// @param attempt the attempt that has just ended, from 1
  /// @param jitter at least 0, less than 1
  Duration backoff(int attempt, double jitter) {
    long ceiling = backoffInitial.toMillis() << Math.min(attempt - 1, DOUBLINGS_MAX);
    boolean overflown = ceiling < backoffInitial.toMillis();
    long millis = overflown ? backoffMax.toMillis() : Math.min(ceiling, backoffMax.toMillis());
    return Duration.ofMillis((long) (millis * jitter));
  }

  /// The wait that an upstream asked for, capped.
  Duration capped(Duration retryAfter) {
    return retryAfter.compareTo(retryAfterMax) < 0 ? retryAfter : retryAfterMax;
  }
}
