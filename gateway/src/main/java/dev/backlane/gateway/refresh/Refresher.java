package dev.backlane.gateway.refresh;

import dev.backlane.engine.background.Backoff;
import dev.backlane.engine.background.Loop;
import dev.backlane.engine.background.Loop.Next;
import dev.backlane.engine.background.Threads;
import java.time.Duration;

/// Periodically reads records that other nodes may change in the store. While the store is
/// unavailable, the last known values remain in use. Thread-safe.
public final class Refresher implements AutoCloseable {
  private final Duration interval;
  private final Loop loop;

  /// @param records names the records in log messages, such as `subscriptions`
  /// @param interval between two reads, also after a failed one; at least 1 ms
  /// @param read throws [dev.backlane.engine.store.failure.StoreException] if the store is
  ///     unavailable
  public Refresher(String records, Duration interval, Runnable read, Threads threads) {
    this.interval = interval;
    this.loop =
        new Loop(
            "Refresh of " + records,
            () -> {
              read.run();
              return Next.after(interval);
            },
            Backoff.constant(interval),
            threads);
  }

  /// Starts; the first read happens after one interval. Called once.
  public void start() {
    loop.startAfter(interval);
  }

  /// Whether the last read failed.
  boolean failing() {
    return loop.failing();
  }

  /// Stops without waiting for a read in progress.
  @Override
  public void close() {
    loop.stop();
  }
}
