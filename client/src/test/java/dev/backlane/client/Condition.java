package dev.backlane.client;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/// Waits for a condition. Stateless.
final class Condition {
  private static final long CHECK_MILLIS = 10;
  private static final int CHECKS_MAX = 500;

  private Condition() {}

  /// Waits until the condition is true, for 5 s at most; the caller asserts it afterwards.
  static void await(BooleanSupplier isTrue) throws InterruptedException {
    var never = new CountDownLatch(1);
    for (int check = 0; check < CHECKS_MAX && !isTrue.getAsBoolean(); check++) {
      if (never.await(CHECK_MILLIS, TimeUnit.MILLISECONDS)) {
        throw new IllegalStateException("the latch is never counted down");
      }
    }
  }
}
