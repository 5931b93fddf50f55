package dev.backlane.architecture.planted.store.testkit;

import dev.backlane.architecture.planted.gateway.GatewayOfApp;

/// Knows a module that it must not.
public final class TestkitOfGateway {
  public Class<?> known() {
    return GatewayOfApp.class;
  }
}
