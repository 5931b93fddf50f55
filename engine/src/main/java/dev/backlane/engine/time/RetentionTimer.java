package dev.backlane.engine.time;

import dev.backlane.engine.background.Threads;
import dev.backlane.engine.store.expiry.RetentionStep;
import java.time.Duration;
import java.time.InstantSource;
import java.util.function.Supplier;

/// Measures the observed time between the prunes of one process. If the retention changes, data
/// that ended before is kept for the new one. For one thread.
public final class RetentionTimer {
  private final Supplier<Duration> retention;
  private final InstantSource clock;
  private final Threads threads;
  private long lastNanos;

  /// The longest interval so far: an end may have been recorded that long before it happened.
  private Duration intervalMax;

  public RetentionTimer(Supplier<Duration> retention, InstantSource clock, Threads threads) {
    this.retention = retention;
    this.clock = clock;
    this.threads = threads;
    this.lastNanos = threads.nanoTime();
    this.intervalMax = interval();
  }

  /// The wait between two prunes.
  public Duration interval() {
    return RetentionStep.interval(retention.get());
  }

  /// The next step. The time of a step whose prune fails is not counted again, since the prune may
  /// have taken effect: data is then kept longer.
  public RetentionStep next() {
    long now = threads.nanoTime();
    var elapsed = Duration.ofNanos(now - lastNanos);
    lastNanos = now;
    var max = intervalMax.multipliedBy(2);
    if (interval().compareTo(intervalMax) > 0) {
      intervalMax = interval();
    }
    return new RetentionStep(
        retention.get(), elapsed.compareTo(max) < 0 ? elapsed : max, clock.instant(), intervalMax);
  }
}
