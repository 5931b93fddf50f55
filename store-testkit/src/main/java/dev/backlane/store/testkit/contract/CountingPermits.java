package dev.backlane.store.testkit.contract;

import dev.backlane.engine.store.queue.Permits;
import dev.backlane.engine.store.queue.QueueKey;
import java.util.HashMap;
import java.util.Map;

/// Permits with one limit per owner and one per lane, which counts those that are in use.
/// Thread-safe.
final class CountingPermits implements Permits {
  private final int perTenant;
  private final int perRoute;
  private final Map<String, Integer> tenants = new HashMap<>();
  private final Map<String, Integer> routes = new HashMap<>();

  CountingPermits(int perTenant, int perRoute) {
    this.perTenant = perTenant;
    this.perRoute = perRoute;
  }

  @Override
  public synchronized boolean tryAcquire(QueueKey key) {
    if (!hasPermit(key)) {
      return false;
    }
    tenants.merge(key.owner(), 1, Integer::sum);
    routes.merge(key.lane(), 1, Integer::sum);
    return true;
  }

  @Override
  public synchronized void release(QueueKey key) {
    tenants.merge(key.owner(), -1, Integer::sum);
    routes.merge(key.lane(), -1, Integer::sum);
  }

  @Override
  public synchronized boolean hasPermit(QueueKey key) {
    return tenants.getOrDefault(key.owner(), 0) < perTenant
        && routes.getOrDefault(key.lane(), 0) < perRoute;
  }

  synchronized int taken() {
    return tenants.values().stream().mapToInt(Integer::intValue).sum();
  }
}
