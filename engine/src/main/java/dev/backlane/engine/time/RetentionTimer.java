package dev.backlane.engine.time;

import dev.backlane.engine.background.Threads;
import dev.backlane.engine.store.expiry.RetentionStep;
import java.time.Duration;
import java.time.InstantSource;

/// Measures the observed time between the prunes of one process. For one thread.
public final class RetentionTimer {
  private final Duration retention;
  private final InstantSource clock;
  private final Threads threads;
  private long lastNanos;

  public RetentionTimer(Duration retention, InstantSource clock, Threads threads) {
    this.retention = retention;
    this.clock = clock;
    this.threads = threads;
    this.lastNanos = threads.nanoTime();
  }

  /// The wait between two prunes.
  public Duration interval() {
    return RetentionStep.interval(retention);
  }

  /// The next step. The time of a step whose prune fails is not counted again, since the prune may
  /// have taken effect: data is then kept longer.
  public RetentionStep next() {
    long now = threads.nanoTime();
    var elapsed = Duration.ofNanos(now - lastNanos);
    lastNanos = now;
    var max = RetentionStep.elapsedMax(retention);
    return new RetentionStep(
        retention, elapsed.compareTo(max) < 0 ? elapsed : max, clock.instant());
  }
}
