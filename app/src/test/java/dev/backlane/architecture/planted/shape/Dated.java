package dev.backlane.architecture.planted.shape;

import java.util.Date;

/// Uses the date classes from before java.time.
public final class Dated {
  public Class<?> time() {
    return Date.class;
  }
}
