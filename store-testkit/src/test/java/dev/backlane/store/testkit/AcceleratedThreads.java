package dev.backlane.store.testkit;

import dev.backlane.engine.background.Threads;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;

/// Virtual threads with short waits, for tests that set the clock: a waiting thread soon reads the
/// clock again. Thread-safe.
final class AcceleratedThreads implements Threads {
  /// The name of the thread whose first wait is reported.
  static final String WATCHED = "watched";

  private static final Duration WAIT_MAX = Duration.ofMillis(10);

  private final CountDownLatch watchedWaits = new CountDownLatch(1);

  @Override
  public void start(String name, Runnable work) {
    VIRTUAL.start(name, work);
  }

  /// Reaches zero when the watched thread waits for the first time.
  CountDownLatch watchedWaits() {
    return watchedWaits;
  }

  @Override
  public long nanoTime() {
    return VIRTUAL.nanoTime();
  }

  @Override
  public Signal signal() {
    var signal = VIRTUAL.signal();
    return new Signal() {
      @Override
      public void raise() {
        signal.raise();
      }

      @Override
      public boolean await(Duration max) throws InterruptedException {
        if (Thread.currentThread().getName().equals(WATCHED)) {
          watchedWaits.countDown();
        }
        return signal.await(max.compareTo(WAIT_MAX) < 0 ? max : WAIT_MAX);
      }
    };
  }
}
