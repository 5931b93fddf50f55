package dev.backlane.system.support;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// Waits for a condition until a deadline. Stateless.
public final class Deadline {
  /// The interval of checks, so that the checks cost little.
  private static final long PACE_MILLIS = 50;

  private Deadline() {}

  /// Checks until the condition is true.
  ///
  /// @param what the condition, for the message of the failure
  public static void within(Duration max, String what, Callable<Boolean> isTrue) throws Exception {
    long end = System.nanoTime() + max.toNanos();
    var never = new CountDownLatch(1);
    while (!isTrue.call()) {
      if (System.nanoTime() > end) {
        throw new AssertionError(what + ": not within " + max);
      }
      if (never.await(PACE_MILLIS, TimeUnit.MILLISECONDS)) {
        throw new IllegalStateException("the latch is never counted down");
      }
    }
  }
}
