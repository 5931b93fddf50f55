package dev.backlane.architecture.planted.simulator;

import dev.backlane.architecture.planted.gateway.GatewayOfApp;

/// Depends on a module that its own module must not depend on.
public final class SimulatorOfGateway {
  public Class<?> known() {
    return GatewayOfApp.class;
  }
}
