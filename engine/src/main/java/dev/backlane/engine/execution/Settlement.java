package dev.backlane.engine.execution;

import dev.backlane.engine.background.Threads;
import dev.backlane.engine.background.WriteRetry;
import dev.backlane.engine.execution.outcomes.DamagedSpoolException;
import dev.backlane.engine.execution.outcomes.HeldOutcome;
import dev.backlane.engine.execution.outcomes.HeldOutcomes;
import dev.backlane.engine.execution.outcomes.LateOutcomes;
import dev.backlane.engine.notification.EndNotifications;
import dev.backlane.engine.operation.ErrorCode;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.operation.State;
import dev.backlane.engine.operation.Verdict;
import dev.backlane.engine.store.OperationStore;
import dev.backlane.engine.store.StoreException;
import dev.backlane.engine.store.content.Content;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Ends or requeues an operation after an attempt, in a takeover or on a cancel. No other class
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
  private final HeldOutcomes held;
  private boolean heldFailureReported;

  /// Outcomes that the store does not accept are kept in memory only.
  public Settlement(
      OperationStore store,
      Transitions transitions,
      EndNotifications notifications,
      Completions completions,
      Threads threads) {
    this(store, transitions, notifications, completions, threads, HeldOutcomes.NONE);
  }

  /// @param held keeps outcomes that the store does not accept
  public Settlement(
      OperationStore store,
      Transitions transitions,
      EndNotifications notifications,
      Completions completions,
      Threads threads,
      HeldOutcomes held) {
    this.store = store;
    this.transitions = transitions;
    this.notifications = notifications;
    this.completions = completions;
    this.retry = new WriteRetry(threads);
    this.held = held;
  }

  /// Settles an attempt. While the store is unavailable, the outcome is held on the local disk, and
  /// the write is retried every second until [#stop].
  ///
  /// @return false if the outcome could not be stored: the operation is still running in the store
  boolean settle(Operation running, Upstream.Outcome outcome) {
    counters.attempted(outcome.verdict());
    var key = HeldOutcome.Key.of(running);
    boolean stored =
        retry.untilStored(
            () -> "The outcome of operation " + running.id(), () -> storeOrHold(running, outcome));
    if (stored) {
      held.remove(key);
    } else if (!held.hold(running, outcome.verdict(), outcome.response().content())) {
      LOG.error(
          "The outcome of operation {} could not be stored; the operation will end with an unknown"
              + " outcome, or be repeated if it is idempotent",
          running.id());
    }
    return stored;
  }

  /// Holds the outcome at the first failure, so that it outlives also a crash of this process.
  private void storeOrHold(Operation running, Upstream.Outcome outcome) {
    var content = outcome.response().content();
    try {
      store(running, outcome.verdict(), content);
    } catch (StoreException refused) {
      held.hold(running, outcome.verdict(), content);
      throw refused;
    }
  }

  /// @return false if another change was committed first: nothing was written
  private boolean store(Operation running, Verdict verdict, Content content) {
    var next = transitions.afterAttempt(running, verdict);
    var response = next.state() instanceof State.Finished ? content : Content.EMPTY;
    boolean stored;
    try {
      stored = change(running, next, response);
    } catch (DamagedSpoolException damaged) {
      LOG.error("The response to operation {} is lost: {}", running.id(), damaged.getMessage());
      return store(running, damaged(verdict), Content.EMPTY);
    }
    if (!stored) {
      LateOutcomes.report(store.find(running.id()), running, verdict);
      completions.ended(running.id());
    }
    return stored;
  }

  private static Verdict damaged(Verdict verdict) {
    var responded =
        verdict instanceof Verdict.Responded(var response, var _)
            ? "the upstream responded with " + response.statusCode() + ", and "
            : "";
    return new Verdict.Unusable(
        ErrorCode.CONTENT_DAMAGED, responded + "the response was damaged before it was stored");
  }

  /// Settles an operation whose attempt was lost and may have been sent: a repeatable call is
  /// queued again, any other ends with an unknown outcome. If its outcome is held here, that is
  /// stored instead.
  ///
  /// @throws StoreException if the store is unavailable
  void settleAbandoned(Operation running) {
    var key = HeldOutcome.Key.of(running);
    var outcome = held.find(key);
    if (outcome.isPresent()) {
      store(running, outcome.get().verdict(), outcome.get().response());
      held.remove(key);
    } else {
      change(running, transitions.abandoned(running), Content.EMPTY);
    }
  }

  /// Settles the outcomes that earlier processes on this machine could not store. Those that still
  /// cannot be stored are kept.
  void settleHeld() {
    int failed = 0;
    for (var key : held.ofEarlierProcesses()) {
      try {
        settleHeld(key);
      } catch (StoreException refused) {
        failed++;
        LOG.debug("The held outcome of operation {} could not be stored", key.id(), refused);
      }
    }
    if (failed > 0 && !heldFailureReported) {
      LOG.warn(
          "{} outcomes that an earlier process held could not be stored; retrying at each lease check",
          failed);
    }
    heldFailureReported = failed > 0;
  }

  private void settleHeld(HeldOutcome.Key key) {
    var outcome = held.find(key);
    if (outcome.isEmpty()) {
      return;
    }
    var verdict = outcome.get().verdict();
    var found = store.find(key.id());
    if (found.isPresent() && found.get().version() == key.version()) {
      if (store(found.get(), verdict, outcome.get().response())) {
        LOG.info("The outcome of operation {} that an earlier process held was stored", key.id());
      }
    } else {
      LateOutcomes.reportHeld(found, key, verdict);
    }
    held.remove(key);
  }

  /// How many outcomes are on the local disk only.
  int held() {
    return held.count();
  }

  /// Requeues an operation that was started and certainly not sent.
  ///
  /// @throws StoreException if the store is unavailable
  void requeue(Operation running) {
    change(running, transitions.requeued(running), Content.EMPTY);
  }

  /// Cancels an operation that has not ended.
  ///
  /// @return the state before the cancel, an ended one if nothing was changed; empty if the
  ///     operation does not exist
  /// @throws StoreException if the store is unavailable
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
