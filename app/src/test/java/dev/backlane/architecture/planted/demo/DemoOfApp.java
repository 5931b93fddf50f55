package dev.backlane.architecture.planted.demo;

import dev.backlane.architecture.planted.app.Sleeping;

/// Depends on a module that its own module must not depend on.
public final class DemoOfApp {
  public Class<?> known() {
    return Sleeping.class;
  }
}
