package dev.backlane.system.support;

import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/// What has to come true within a time. Stateless.
public final class Deadline {
  /// Between two looks: what is asked has something better to do than to answer.
  private static final long PACE_MILLIS = 50;

  private Deadline() {}

  /// Asks until something is true.
  ///
  /// @param what told where it does not become true in time
  public static void within(Duration max, String what, Callable<Boolean> isTrue) throws Exception {
    long end = System.nanoTime() + max.toNanos();
    var never = new CountDownLatch(1);
    while (!isTrue.call()) {
      if (System.nanoTime() > end) {
        throw new AssertionError(what + ": not within " + max);
      }
      if (never.await(PACE_MILLIS, TimeUnit.MILLISECONDS)) {
        throw new IllegalStateException("nobody counts down");
      }
    }
  }
}
