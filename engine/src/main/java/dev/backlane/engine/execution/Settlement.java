package dev.backlane.engine.execution;

import dev.backlane.engine.background.Threads;
import dev.backlane.engine.background.WriteRetry;
import dev.backlane.engine.notification.EndNotifications;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.operation.State;
import dev.backlane.engine.store.OperationStore;
import dev.backlane.engine.store.content.Content;
import java.util.Optional;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Ends or requeues an operation after an attempt, in a takeover, on a cancel, or in a copy of a
/// store. No other class
/// does so. Steps of one change:
///
/// 1. Compute the next version of the operation ([Transitions]).
/// 2. If it has ended, write the delivery that reports the end ([EndNotifications]).
/// 3. Replace the stored version by compare-and-set, with the response and the delivery, in one
///    commit. If another change was committed first, nothing is written.
/// 4. Once the commit is durable, update the counters, wake the delivery dispatcher, and wake the
///    callers that wait for the end ([Completions]).
///
/// Thread-safe.
public final class Settlement {
  private static final Logger LOG = LoggerFactory.getLogger(Settlement.class);

  private final OperationStore store;
  private final Transitions transitions;
  private final EndNotifications notifications;
  private final Completions completions;
  private final ExecutionCounters counters = new ExecutionCounters();
  private final WriteRetry retry;

  public Settlement(
      OperationStore store,
      Transitions transitions,
      EndNotifications notifications,
      Completions completions,
      Threads threads) {
    this.store = store;
    this.transitions = transitions;
    this.notifications = notifications;
    this.completions = completions;
    this.retry = new WriteRetry(threads);
  }

  /// Settles an attempt. While the store is unavailable, the write is retried every second until
  /// [#stop].
  ///
  /// @return false if the outcome could not be stored: the operation is still running in the store
  boolean settle(Operation running, Upstream.Outcome outcome) {
    counters.attempted(outcome.verdict());
    boolean stored =
        retry.untilStored(
            () -> "The outcome of operation " + running.id(), () -> store(running, outcome));
    if (!stored) {
      LOG.error(
          "The outcome of operation {} could not be stored; the operation will end with an unknown"
              + " outcome, or be repeated if it is idempotent",
          running.id());
    }
    return stored;
  }

  private void store(Operation running, Upstream.Outcome outcome) {
    var next = transitions.afterAttempt(running, outcome.verdict());
    var response =
        next.state() instanceof State.Finished ? outcome.response().content() : Content.EMPTY;
    if (!change(running, next, response)) {
      LOG.debug(
          "Operation {} was settled by another process, or by an earlier write whose success was not"
              + " reported",
          running.id());
      completions.ended(running.id());
    }
  }

  /// Settles an operation whose attempt was lost and may have been sent: a repeatable call is
  /// queued again, any other ends with an unknown outcome.
  ///
  /// @throws dev.backlane.engine.store.StoreException if the store is unavailable
  void settleAbandoned(Operation running) {
    change(running, transitions.abandoned(running), Content.EMPTY);
  }

  /// Requeues an operation that was started and certainly not sent.
  ///
  /// @throws dev.backlane.engine.store.StoreException if the store is unavailable
  void requeue(Operation running) {
    change(running, transitions.requeued(running), Content.EMPTY);
  }

  /// Holds a queued operation in a copy of a store, unless executing it twice does no harm.
  ///
  /// @return whether it is held now and was not before
  /// @throws dev.backlane.engine.store.StoreException if the store is unavailable
  public boolean hold(OperationId id) {
    return changeTo(id, transitions::held);
  }

  /// Queues a held operation again.
  ///
  /// @return whether it was held
  /// @throws dev.backlane.engine.store.StoreException if the store is unavailable
  public boolean release(OperationId id) {
    return changeTo(id, transitions::released);
  }

  /// Ends a held operation with an unknown outcome.
  ///
  /// @return whether it was held
  /// @throws dev.backlane.engine.store.StoreException if the store is unavailable
  public boolean failHeld(OperationId id) {
    return changeTo(id, transitions::heldFailed);
  }

  private boolean changeTo(OperationId id, Function<Operation, Optional<Operation>> transition) {
    while (true) {
      var found = store.find(id);
      var next = found.flatMap(transition);
      if (found.isEmpty() || next.isEmpty()) {
        return false;
      }
      if (change(found.get(), next.get(), Content.EMPTY)) {
        return true;
      }
    }
  }

  /// Cancels an operation that has not ended.
  ///
  /// @return the state before the cancel, an ended one if nothing was changed; empty if the
  ///     operation does not exist
  /// @throws dev.backlane.engine.store.StoreException if the store is unavailable
  Optional<State> cancel(OperationId id) {
    while (true) {
      var found = store.find(id);
      if (found.isEmpty()) {
        return Optional.empty();
      }
      var operation = found.get();
      var next = transitions.canceled(operation);
      // If another change was committed first, the version that it stored is canceled instead.
      if (next.isEmpty() || change(operation, next.get(), Content.EMPTY)) {
        return Optional.of(operation.state());
      }
    }
  }

  /// Stores the next version of an operation, and reports it once it is durable.
  ///
  /// @return false if another change was committed first: nothing was written
  private boolean change(Operation from, Operation to, Content response) {
    var delivery = notifications.deliveryOf(to);
    if (!store.replace(from, to, response, delivery)) {
      return false;
    }
    counters.settled(to.state());
    if (delivery.isPresent()) {
      notifications.stored();
    }
    if (to.ended()) {
      completions.ended(to.id());
    }
    LOG.debug(
        "Operation {} attempt {} settled: {}",
        to.id(),
        to.state().attempt(),
        to.state().getClass().getSimpleName());
    return true;
  }

  /// The counts of this process since it started.
  ExecutionCounters counters() {
    return counters;
  }

  /// Stops retrying outcomes that could not be stored.
  void stop() {
    retry.stop();
  }
}
