package dev.backlane.architecture.planted.app;

import java.time.Duration;

/// Sleeps without being listed.
public final class Sleeping {
  public void rest() throws InterruptedException {
    Thread.sleep(Duration.ofMillis(1));
  }
}
