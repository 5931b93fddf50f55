package dev.backlane.store.testkit;

import dev.backlane.engine.store.Permits;
import java.util.HashMap;
import java.util.Map;

/// So many places for each tenant, and for each route; tells which are taken. Thread-safe.
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
  public synchronized boolean take(String tenant, String route) {
    if (!hasPermit(tenant, route)) {
      return false;
    }
    tenants.merge(tenant, 1, Integer::sum);
    routes.merge(route, 1, Integer::sum);
    return true;
  }

  @Override
  public synchronized void release(String tenant, String route) {
    tenants.merge(tenant, -1, Integer::sum);
    routes.merge(route, -1, Integer::sum);
  }

  @Override
  public synchronized boolean hasPermit(String tenant, String route) {
    return tenants.getOrDefault(tenant, 0) < perTenant && routes.getOrDefault(route, 0) < perRoute;
  }

  synchronized int taken() {
    return tenants.values().stream().mapToInt(Integer::intValue).sum();
  }
}
