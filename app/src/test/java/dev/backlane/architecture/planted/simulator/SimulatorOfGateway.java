package dev.backlane.architecture.planted.simulator;

import dev.backlane.architecture.planted.gateway.GatewayOfApp;

/// Knows a module that it must not.
public final class SimulatorOfGateway {
  public Class<?> known() {
    return GatewayOfApp.class;
  }
}
