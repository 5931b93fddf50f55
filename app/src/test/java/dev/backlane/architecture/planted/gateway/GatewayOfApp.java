package dev.backlane.architecture.planted.gateway;

import dev.backlane.architecture.planted.app.Sleeping;

/// Depends on a module that its own module must not depend on.
public final class GatewayOfApp {
  public Class<?> known() {
    return Sleeping.class;
  }
}
