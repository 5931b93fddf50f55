package dev.backlane.engine.background;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/// The threads and the time of a real process.
final class VirtualThreads implements Threads {
  @Override
  public void start(String name, Runnable work) {
    Thread.ofVirtual().name(name).start(work);
  }

  @Override
  public Signal signal() {
    return new SemaphoreSignal();
  }

  @Override
  public long nanoTime() {
    return System.nanoTime();
  }

  private static final class SemaphoreSignal implements Signal {
    private final Semaphore raised = new Semaphore(0);

    @Override
    public void raise() {
      if (raised.availablePermits() == 0) {
        raised.release();
      }
    }

    @Override
    public boolean await(Duration max) throws InterruptedException {
      boolean woken = raised.tryAcquire(max.toNanos(), TimeUnit.NANOSECONDS);
      raised.drainPermits();
      return woken;
    }
  }
}
