package dev.backlane.store.postgres.nodes;

import dev.backlane.engine.background.Backoff;
import dev.backlane.engine.background.Loop;
import dev.backlane.engine.background.Threads;
import java.time.Duration;
import java.util.function.BooleanSupplier;

/// Polls for work of other nodes while no notifications are received. A dispatcher polls once a
/// second by itself; this shortens the wait while there is much to do. Thread-safe.
final class WorkPoller implements AutoCloseable {
  private static final Duration PAUSE_MIN = Duration.ofMillis(50);
  private static final Duration PAUSE_MAX = Duration.ofSeconds(2);

  private final BooleanSupplier needed;
  private final BooleanSupplier anyDue;
  private final Runnable found;
  private final Loop loop;

  // Used by the loop's thread only.
  private Duration pause = PAUSE_MAX;

  /// @param needed whether no notifications are received at present
  /// @param anyDue queries the database for due work
  /// @param found called if there is any
  WorkPoller(BooleanSupplier needed, BooleanSupplier anyDue, Runnable found, Threads threads) {
    this.needed = needed;
    this.anyDue = anyDue;
    this.found = found;
    this.loop = new Loop("Work polling", this::poll, Backoff.constant(PAUSE_MAX), threads);
  }

  void start() {
    loop.startAfter(PAUSE_MAX);
  }

  private Loop.Next poll() {
    if (needed.getAsBoolean() && anyDue.getAsBoolean()) {
      found.run();
      pause = PAUSE_MIN;
    } else if (pause.compareTo(PAUSE_MAX) < 0) {
      pause = pause.multipliedBy(2);
    }
    return Loop.Next.after(pause);
  }

  @Override
  public void close() {
    loop.close();
  }
}
