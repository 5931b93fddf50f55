package dev.backlane.architecture.planted.shape;

import java.util.Date;

/// Uses the date classes that java.time replaced.
public final class Dated {
  public Class<?> time() {
    return Date.class;
  }
}
