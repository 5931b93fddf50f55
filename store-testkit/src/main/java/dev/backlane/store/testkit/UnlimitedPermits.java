package dev.backlane.store.testkit;

import dev.backlane.engine.store.Permits;

/// Room for everything. Stateless.
public final class UnlimitedPermits implements Permits {
  @Override
  public boolean take(String tenant, String route) {
    return true;
  }

  @Override
  public void release(String tenant, String route) {}

  @Override
  public boolean hasPermit(String tenant, String route) {
    return true;
  }
}
