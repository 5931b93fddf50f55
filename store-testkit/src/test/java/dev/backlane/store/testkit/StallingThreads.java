package dev.backlane.store.testkit;

import dev.backlane.engine.background.Threads;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/// The threads of a process that stalls: its monotonic clock shows how long. Thread-safe.
final class StallingThreads implements Threads {
  private final Threads threads = new AcceleratedThreads();
  private final AtomicLong stalledNanos = new AtomicLong();

  /// Lets time pass at once.
  void stall(Duration time) {
    stalledNanos.addAndGet(time.toNanos());
  }

  @Override
  public void start(String name, Runnable work) {
    threads.start(name, work);
  }

  @Override
  public Signal signal() {
    return threads.signal();
  }

  @Override
  public long nanoTime() {
    return threads.nanoTime() + stalledNanos.get();
  }
}
