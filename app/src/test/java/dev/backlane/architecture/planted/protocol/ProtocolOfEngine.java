package dev.backlane.architecture.planted.protocol;

import dev.backlane.architecture.planted.engine.Composing;

/// A protocol class that depends on the engine; with
/// [dev.backlane.architecture.planted.engine.Chatty] also a cycle of packages.
public final class ProtocolOfEngine {
  public Class<?> engine() {
    return Composing.class;
  }
}
