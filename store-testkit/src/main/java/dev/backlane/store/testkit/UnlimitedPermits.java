package dev.backlane.store.testkit;

import dev.backlane.engine.store.queue.Permits;
import dev.backlane.engine.store.queue.QueueKey;

/// Room for everything. Stateless.
public final class UnlimitedPermits implements Permits {
  @Override
  public boolean tryAcquire(QueueKey key) {
    return true;
  }

  @Override
  public void release(QueueKey key) {}

  @Override
  public boolean hasPermit(QueueKey key) {
    return true;
  }
}
