package dev.backlane.architecture.planted.store.testkit;

import dev.backlane.architecture.planted.gateway.GatewayOfApp;

/// Depends on a module that its own module must not depend on.
public final class TestkitOfGateway {
  public Class<?> known() {
    return GatewayOfApp.class;
  }
}
