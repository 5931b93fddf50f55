package dev.backlane.architecture.planted.app;

import java.time.Duration;

/// Sleeps where nobody said it may.
public final class Weary {
  public void rest() throws InterruptedException {
    Thread.sleep(Duration.ofMillis(1));
  }
}
