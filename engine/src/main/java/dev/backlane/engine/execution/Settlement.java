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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The one place where an operation that was started or accepted changes its state: it ends, or
/// goes back to the queue. Used after an attempt, by the takeover of lost operations, and by
/// cancel.
///
/// ```text
/// Transitions ─▶ next version ─▶ delivery of the end ─▶ compare and set ─▶ counters
///  (Lifecycle)                    (EndNotifications)      (one commit)      delivery dispatcher
///                                                                           waiting callers
/// ```
///
/// The operation, its response and its delivery are durable before a counter, the delivery
/// dispatcher or a waiting caller learns of the change. If another change was committed first,
/// nothing is written. Thread-safe.
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

  /// Settles an attempt. While the store is unavailable, it is tried again every second until
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

  /// Settles an operation whose attempt was lost and may have been sent: it is repeated where that
  /// is allowed, and otherwise ends with an unknown outcome.
  ///
  /// @throws dev.backlane.engine.store.StoreException if the store is unavailable
  void settleAbandoned(Operation running) {
    change(running, transitions.abandoned(running), Content.EMPTY);
  }

  /// Puts an operation back into the queue that was started and certainly not sent.
  ///
  /// @throws dev.backlane.engine.store.StoreException if the store is unavailable
  void requeue(Operation running) {
    change(running, transitions.requeued(running), Content.EMPTY);
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
      // Another change may come first; the next version is canceled then.
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

  /// What this process has done since it started.
  ExecutionCounters counters() {
    return counters;
  }

  /// Gives up outcomes that the store refuses.
  void stop() {
    retry.stop();
  }
}
