package dev.backlane.store.testkit.contract;

import dev.backlane.engine.store.queue.Permits;
import dev.backlane.engine.store.queue.QueueKey;
import java.util.HashMap;
import java.util.Map;

/// Permits with one limit per owner and one per lane. Counts the permits in use. Thread-safe.
final class CountingPermits implements Permits {
  private final int perOwner;
  private final int perLane;
  private final Map<String, Integer> owners = new HashMap<>();
  private final Map<String, Integer> lanes = new HashMap<>();

  CountingPermits(int perOwner, int perLane) {
    this.perOwner = perOwner;
    this.perLane = perLane;
  }

  @Override
  public synchronized boolean tryAcquire(QueueKey key) {
    if (!hasPermit(key)) {
      return false;
    }
    owners.merge(key.owner(), 1, Integer::sum);
    lanes.merge(key.lane(), 1, Integer::sum);
    return true;
  }

  @Override
  public synchronized void release(QueueKey key) {
    owners.merge(key.owner(), -1, Integer::sum);
    lanes.merge(key.lane(), -1, Integer::sum);
  }

  @Override
  public synchronized boolean hasPermit(QueueKey key) {
    return owners.getOrDefault(key.owner(), 0) < perOwner
        && lanes.getOrDefault(key.lane(), 0) < perLane;
  }

  synchronized int inUse() {
    return owners.values().stream().mapToInt(Integer::intValue).sum();
  }
}
