package dev.backlane.engine.retention;

import dev.backlane.engine.background.Backoff;
import dev.backlane.engine.background.Loop;
import dev.backlane.engine.background.Loop.Next;
import dev.backlane.engine.background.Threads;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.store.OperationStore;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Prunes operations that have ended and were received longer ago than the retention. An operation
/// past its retention counts as expired at once, whether or not it has been pruned yet.
/// Thread-safe.
public final class Retention implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Retention.class);

  private static final Duration PRUNE_INTERVAL_MAX = Duration.ofMinutes(1);
  private static final Duration PRUNE_INTERVAL_MIN = Duration.ofMillis(100);
  private static final int PRUNES_PER_RETENTION = 10;

  /// How long [#close] waits for a prune in progress.
  private static final Duration CLOSE_MAX = Duration.ofSeconds(10);

  private final OperationStore store;
  private final Duration retention;
  private final InstantSource clock;
  private final Loop loop;

  /// @param retention how long an ended operation can be read, from its receipt
  public Retention(OperationStore store, Duration retention, InstantSource clock, Threads threads) {
    this.store = store;
    this.retention = retention;
    this.clock = clock;
    this.loop =
        new Loop("Pruning", this::prune, new Backoff(PRUNE_INTERVAL_MIN, interval()), threads);
  }

  /// Starts to prune, ten times per retention, with intervals from 100 ms to 1 min. Called once.
  public void start() {
    loop.startAfter(interval());
  }

  /// Ended operations that were received before this time have expired.
  public Instant cutoff() {
    return clock.instant().minus(retention);
  }

  /// Whether an id is past the retention: an operation with this id has expired if it has ended.
  public boolean past(OperationId id) {
    return id.receivedAt().isBefore(cutoff());
  }

  /// Whether an operation, which may still be in the store, has expired.
  public boolean expired(Operation operation) {
    return operation.ended() && past(operation.id());
  }

  private Next prune() {
    store.prune(cutoff());
    return Next.after(interval());
  }

  private Duration interval() {
    var share = retention.dividedBy(PRUNES_PER_RETENTION);
    if (share.compareTo(PRUNE_INTERVAL_MAX) > 0) {
      return PRUNE_INTERVAL_MAX;
    }
    return share.compareTo(PRUNE_INTERVAL_MIN) < 0 ? PRUNE_INTERVAL_MIN : share;
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
