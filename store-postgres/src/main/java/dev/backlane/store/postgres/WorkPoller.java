package dev.backlane.store.postgres;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Looks for work that other nodes have put in, as often as there was some lately: the truth behind the hints of [WorkNotifier]. A
/// dispatcher looks once a second by itself; this shortens the wait while there is much to do, and while no hint is heard.
/// Thread-safe.
final class WorkPoller implements AutoCloseable {
  private static final Duration PAUSE_MIN = Duration.ofMillis(50);
  private static final Duration PAUSE_MAX = Duration.ofSeconds(2);

  private static final Logger LOG = LoggerFactory.getLogger(WorkPoller.class);

  private final BooleanSupplier needed;
  private final BooleanSupplier look;
  private final Runnable found;
  private volatile boolean closed;

  /// @param needed whether nobody tells of work at present
  /// @param look looks, and tells whether something is due
  /// @param found called when there is
  WorkPoller(BooleanSupplier needed, BooleanSupplier look, Runnable found) {
    this.needed = needed;
    this.look = look;
    this.found = found;
  }

  void start() {
    Thread.ofVirtual().name("store-scout").start(this::run);
  }

  private void run() {
    var pause = PAUSE_MAX;
    while (!closed) {
      LockSupport.parkNanos(pause.toNanos());
      boolean due = false;
      try {
        due = !closed && needed.getAsBoolean() && look.getAsBoolean();
      } catch (RuntimeException refused) {
        LOG.debug("work cannot be looked for at present: {}", refused.getMessage());
      }
      if (due) {
        found.run();
        pause = PAUSE_MIN;
      } else if (pause.compareTo(PAUSE_MAX) < 0) {
        pause = pause.multipliedBy(2);
      }
    }
  }

  @Override
  public void close() {
    closed = true;
  }
}
