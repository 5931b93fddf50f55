package dev.backlane.architecture.planted.client;

import dev.backlane.architecture.planted.engine.Composing;

/// Depends on a module that its own module must not depend on.
public final class ClientOfEngine {
  public Class<?> known() {
    return Composing.class;
  }
}
