package dev.backlane.engine.execution;

import dev.backlane.engine.background.Threads;
import dev.backlane.engine.store.queue.Permits;
import dev.backlane.engine.store.queue.QueueKey;
import java.util.HashMap;
import java.util.Map;

/// The places for attempts: in all as many as the upstream takes, of these so many for one tenant and for one route.
/// Thread-safe.
final class ExecutionPermits implements Permits {
  private final ConcurrencyLimit limit;
  private final int perTenantMax;
  private final Map<String, Integer> perRouteMax;
  private final Threads.Signal allFree;
  private final Map<String, Integer> tenants = new HashMap<>();
  private final Map<String, Integer> routes = new HashMap<>();
  private int taken;

  /// @param perTenantMax 0: no bound but that of all
  /// @param perRouteMax routes that have a bound of their own
  /// @param allFree raised whenever the last place was given back
  ExecutionPermits(
      ConcurrencyLimit limit,
      int perTenantMax,
      Map<String, Integer> perRouteMax,
      Threads.Signal allFree) {
    this.limit = limit;
    this.perTenantMax = perTenantMax == 0 ? Integer.MAX_VALUE : perTenantMax;
    this.perRouteMax = Map.copyOf(perRouteMax);
    this.allFree = allFree;
  }

  @Override
  public synchronized boolean tryAcquire(QueueKey key) {
    if (!hasPermit(key)) {
      return false;
    }
    taken++;
    tenants.merge(key.owner(), 1, Integer::sum);
    routes.merge(key.lane(), 1, Integer::sum);
    return true;
  }

  @Override
  public synchronized void release(QueueKey key) {
    taken--;
    tenants.computeIfPresent(key.owner(), (_, count) -> count == 1 ? null : count - 1);
    routes.computeIfPresent(key.lane(), (_, count) -> count == 1 ? null : count - 1);
    if (taken == 0) {
      allFree.raise();
    }
  }

  @Override
  public synchronized boolean hasPermit(QueueKey key) {
    return taken < limit.current()
        && tenants.getOrDefault(key.owner(), 0) < perTenantMax
        && routes.getOrDefault(key.lane(), 0)
            < perRouteMax.getOrDefault(key.lane(), Integer.MAX_VALUE);
  }

  synchronized int taken() {
    return taken;
  }

  /// Places that are free, tenants and routes left aside.
  synchronized int free() {
    return Math.max(0, limit.current() - taken);
  }
}
