package dev.backlane.engine.retention;

import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.store.OperationStore;
import dev.backlane.engine.store.StoreException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Forgets operations that ended and were received longer ago than the retention. What is past it counts as forgotten at once,
/// whenever the sweep comes. Thread-safe.
public final class Retention implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Retention.class);

  private static final Duration SWEEP_INTERVAL_MAX = Duration.ofMinutes(1);
  private static final Duration SWEEP_INTERVAL_MIN = Duration.ofMillis(100);
  private static final int SWEEPS_PER_RETENTION = 10;

  private final OperationStore store;
  private final Duration retention;
  private final InstantSource clock;
  private final Thread sweeper;

  /// @param retention how long an ended operation can be read, counted from its receipt
  public Retention(OperationStore store, Duration retention, InstantSource clock) {
    this.store = store;
    this.retention = retention;
    this.clock = clock;
    this.sweeper = Thread.ofVirtual().name("retention").unstarted(this::sweep);
  }

  /// Begins to sweep: ten times per retention, once a minute at most. Call once.
  public void start() {
    sweeper.start();
  }

  /// What was received before this is past the retention.
  public Instant cutoff() {
    return clock.instant().minus(retention);
  }

  /// Tells by its age alone whether an operation of this id, if it ended, is forgotten.
  public boolean past(OperationId id) {
    return id.receivedAt().isBefore(cutoff());
  }

  /// Tells whether an operation that may still lie in the store counts as forgotten.
  public boolean forgotten(Operation operation) {
    return operation.ended() && past(operation.id());
  }

  @Override
  public void close() {
    sweeper.interrupt();
  }

  private void sweep() {
    try {
      while (true) {
        Thread.sleep(interval());
        try {
          store.prune(cutoff());
        } catch (StoreException refused) {
          LOG.warn(
              "the store could not forget at present, it is tried again: {}", refused.getMessage());
        }
      }
    } catch (InterruptedException interrupted) {
      LOG.debug("the retention stops");
    }
  }

  private Duration interval() {
    var share = retention.dividedBy(SWEEPS_PER_RETENTION);
    if (share.compareTo(SWEEP_INTERVAL_MAX) > 0) {
      return SWEEP_INTERVAL_MAX;
    }
    return share.compareTo(SWEEP_INTERVAL_MIN) < 0 ? SWEEP_INTERVAL_MIN : share;
  }
}
