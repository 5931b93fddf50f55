package dev.backlane.store.postgres.nodes;

import dev.backlane.engine.background.Backoff;
import dev.backlane.engine.background.Loop;
import dev.backlane.engine.background.Threads;
import java.time.Duration;
import java.util.function.BooleanSupplier;

/// Polls for work of other nodes while no notifications are received. A dispatcher polls once a
/// second anyway; the poller shortens the interval while work is found. Thread-safe.
final class WorkPoller implements AutoCloseable {
  private static final Duration INTERVAL_MIN = Duration.ofMillis(50);
  private static final Duration INTERVAL_MAX = Duration.ofSeconds(2);

  private final BooleanSupplier needed;
  private final BooleanSupplier anyDue;
  private final Runnable found;
  private final Loop loop;

  // Used by the loop's thread only.
  private Duration interval = INTERVAL_MAX;

  /// @param needed whether polling is needed, because no notifications are received
  /// @param anyDue queries the database for due work
  /// @param found called if there is due work
  WorkPoller(BooleanSupplier needed, BooleanSupplier anyDue, Runnable found, Threads threads) {
    this.needed = needed;
    this.anyDue = anyDue;
    this.found = found;
    this.loop = new Loop("Work polling", this::poll, Backoff.constant(INTERVAL_MAX), threads);
  }

  void start() {
    loop.startAfter(INTERVAL_MAX);
  }

  private Loop.Next poll() {
    if (needed.getAsBoolean() && anyDue.getAsBoolean()) {
      found.run();
      interval = INTERVAL_MIN;
    } else if (interval.compareTo(INTERVAL_MAX) < 0) {
      interval = interval.multipliedBy(2);
    }
    return Loop.Next.after(interval);
  }

  @Override
  public void close() {
    loop.close();
  }
}
