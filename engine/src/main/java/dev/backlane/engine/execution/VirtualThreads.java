package dev.backlane.engine.execution;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/// The threads of a process that runs for real.
final class VirtualThreads implements Threads {
  @Override
  public void start(String name, Runnable work) {
    Thread.ofVirtual().name(name).start(work);
  }

  @Override
  public Signal signal() {
    return new Flag();
  }

  private static final class Flag implements Signal {
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
