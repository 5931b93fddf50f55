package dev.backlane.architecture.planted.app;

import dev.backlane.architecture.planted.store.testkit.TestkitOfGateway;

/// Depends on a module that does not ship.
public final class ShippedWithTestkit {
  public Class<?> known() {
    return TestkitOfGateway.class;
  }
}
