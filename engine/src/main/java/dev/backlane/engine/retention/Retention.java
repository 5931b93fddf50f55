package dev.backlane.engine.retention;

import dev.backlane.engine.background.Backoff;
import dev.backlane.engine.background.Loop;
import dev.backlane.engine.background.Loop.Next;
import dev.backlane.engine.background.Threads;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.store.OperationStore;
import dev.backlane.engine.time.RetentionTimer;
import java.time.Duration;
import java.time.InstantSource;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Prunes operations that ended longer ago than the retention, in observed time ([RetentionStep]).
/// Thread-safe.
public final class Retention implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Retention.class);

  private static final Duration BACKOFF_MIN = Duration.ofMillis(100);

  /// How long [#close] waits for a prune in progress.
  private static final Duration CLOSE_MAX = Duration.ofSeconds(10);

  private final OperationStore store;
  private final Supplier<Duration> retention;
  private final InstantSource clock;
  private final RetentionTimer timer;
  private final Loop loop;

  /// @param retention how long an ended operation can be read, from its end; it may change
  public Retention(
      OperationStore store, Supplier<Duration> retention, InstantSource clock, Threads threads) {
    this.store = store;
    this.retention = retention;
    this.clock = clock;
    this.timer = new RetentionTimer(retention, clock, threads);
    this.loop =
        new Loop("Pruning", this::prune, new Backoff(BACKOFF_MIN, timer.interval()), threads);
  }

  /// Starts to prune, ten times per retention, with intervals from 100 ms to 1 min. Called once.
  public void start() {
    loop.startAfter(timer.interval());
  }

  /// Whether an id that is not stored may have been pruned: it is older than the retention.
  public boolean past(OperationId id) {
    return id.receivedAt().isBefore(clock.instant().minus(retention.get()));
  }

  private Next prune() {
    store.prune(timer.next());
    return Next.after(timer.interval());
  }

  /// Stops pruning, and waits up to 10 s for a prune in progress.
  @Override
  public void close() {
    loop.stop();
    try {
      if (!loop.awaitEnd(CLOSE_MAX)) {
        LOG.warn("A prune is still in progress {} after the stop", CLOSE_MAX);
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
