package dev.backlane.architecture.planted.shape;

import java.util.Date;

/// Tells the time as it was told before java.time.
public final class Dated {
  public Class<?> time() {
    return Date.class;
  }
}
