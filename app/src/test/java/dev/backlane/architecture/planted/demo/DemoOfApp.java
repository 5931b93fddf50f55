package dev.backlane.architecture.planted.demo;

import dev.backlane.architecture.planted.app.Sleeping;

/// Knows a module that it must not.
public final class DemoOfApp {
  public Class<?> known() {
    return Sleeping.class;
  }
}
