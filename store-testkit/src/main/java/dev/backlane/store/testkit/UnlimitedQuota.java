package dev.backlane.store.testkit;

import dev.backlane.engine.store.Quota;

/// Room for everything. Stateless.
public final class UnlimitedQuota implements Quota {
  @Override
  public boolean take(String tenant, String route) {
    return true;
  }

  @Override
  public void giveBack(String tenant, String route) {}

  @Override
  public boolean hasRoom(String tenant, String route) {
    return true;
  }
}
