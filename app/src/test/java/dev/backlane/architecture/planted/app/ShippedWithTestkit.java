package dev.backlane.architecture.planted.app;

import dev.backlane.architecture.planted.store.testkit.TestkitOfGateway;

/// Depends on store-testkit, which is not part of the release.
public final class ShippedWithTestkit {
  public Class<?> known() {
    return TestkitOfGateway.class;
  }
}
