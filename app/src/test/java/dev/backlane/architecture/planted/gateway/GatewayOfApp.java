package dev.backlane.architecture.planted.gateway;

import dev.backlane.architecture.planted.app.Sleeping;

/// Knows a module that it must not.
public final class GatewayOfApp {
  public Class<?> known() {
    return Sleeping.class;
  }
}
