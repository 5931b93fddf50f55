package dev.backlane.architecture.planted.client;

import dev.backlane.architecture.planted.engine.Composing;

/// Knows a module that it must not.
public final class ClientOfEngine {
  public Class<?> known() {
    return Composing.class;
  }
}
