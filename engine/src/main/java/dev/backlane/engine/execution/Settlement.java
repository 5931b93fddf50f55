package dev.backlane.engine.execution;

import dev.backlane.engine.background.Threads;
import dev.backlane.engine.background.WriteRetry;
import dev.backlane.engine.execution.outcomes.DamagedSpoolException;
import dev.backlane.engine.execution.outcomes.HeldOutcome;
import dev.backlane.engine.execution.outcomes.HeldOutcomes;
import dev.backlane.engine.execution.outcomes.LateOutcomes;
import dev.backlane.engine.notification.EndNotifications;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.operation.Outage;
import dev.backlane.engine.operation.State;
import dev.backlane.engine.operation.Verdict;
import dev.backlane.engine.store.LeasedOperation;
import dev.backlane.engine.store.OperationStore;
import dev.backlane.engine.store.Replacement;
import dev.backlane.engine.store.content.Content;
import dev.backlane.engine.store.failure.StoreException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Ends or requeues an operation after an attempt, in a takeover, on a cancel, or in a copy of a
/// store. No other class does so. Steps of one change:
///
/// 1. Compute the next version of the operation ([Transitions]).
/// 2. If it has ended, write the delivery that reports the end ([EndNotifications]).
/// 3. Replace the stored version by compare-and-set, with the response and the delivery, in one
///    commit. If another change was committed first, nothing is written.
/// 4. Once the commit is durable, update the counters, wake the delivery dispatcher, and wake the
///    callers that wait for the end ([Completions]).
///
/// If the store refuses the change itself, the operation is set aside: it ends as failed with what
/// can be stored, so that it does not hold a permit or stop a takeover forever. Thread-safe.
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

  /// Operations that could not be set aside, each of which is logged once.
  private final Set<OperationId> stuck = ConcurrentHashMap.newKeySet();

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
  /// the write is retried every second until [#stop]. If the store refuses the outcome, the
  /// operation is set aside.
  ///
  /// @param took how long the attempt took
  /// @return false if the outcome could not be stored: the operation is still running in the store
  boolean settle(Operation running, Upstream.Outcome outcome, Duration took) {
    counters.attempted(running, outcome.verdict(), took);
    var timing = new AttemptTiming(Optional.of(transitions.began(took)), took);
    var key = HeldOutcome.Key.of(running);
    boolean stored;
    try {
      stored = untilStored(running, () -> storeOrHold(running, outcome, timing));
    } catch (StoreException.Refused refused) {
      stored = untilStored(running, () -> setAside(running, refused));
    }
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

  private boolean untilStored(Operation running, Runnable write) {
    return retry.untilStored(() -> "The outcome of operation " + running.id(), write);
  }

  /// Holds the outcome at the first failure, so that it outlives also a crash of this process.
  private void storeOrHold(Operation running, Upstream.Outcome outcome, AttemptTiming timing) {
    var content = outcome.response().content();
    try {
      store(running, outcome.verdict(), content, timing);
    } catch (StoreException.Refused refused) {
      throw refused;
    } catch (StoreException unavailable) {
      held.hold(running, outcome.verdict(), content);
      throw unavailable;
    }
  }

  /// @return false if another change was committed first: nothing was written
  private boolean store(Operation running, Verdict verdict, Content content, AttemptTiming timing) {
    var next = transitions.afterAttempt(running, verdict, timing);
    var response = next.state() instanceof State.Finished ? content : Content.EMPTY;
    boolean stored;
    try {
      stored = change(running, next, response);
    } catch (DamagedSpoolException damaged) {
      LOG.error("The response to operation {} is lost: {}", running.id(), damaged.getMessage());
      return store(running, DamagedSpoolException.instead(verdict), Content.EMPTY, timing);
    }
    if (!stored) {
      LateOutcomes.report(store.find(running.id()), running, verdict);
      completions.ended(running.id());
    }
    return stored;
  }

  /// Settles the outcomes that earlier processes on this machine could not store. Those that still
  /// cannot be stored are kept.
  void settleHeld() {
    int failed = 0;
    for (var key : held.ofEarlierProcesses()) {
      try {
        settleHeld(key);
      } catch (StoreException unavailable) {
        failed++;
        LOG.debug("The held outcome of operation {} could not be stored", key.id(), unavailable);
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
    var found = store.find(key.id());
    if (found.isPresent() && found.get().version() == key.version()) {
      if (storeHeld(found.get(), outcome.get())) {
        LOG.info("The outcome of operation {} that an earlier process held was stored", key.id());
      }
    } else {
      LateOutcomes.reportHeld(found, key, outcome.get().verdict());
    }
    held.remove(key);
  }

  /// @return false if another change was committed first, or the operation was set aside
  private boolean storeHeld(Operation running, HeldOutcome outcome) {
    try {
      return store(running, outcome.verdict(), outcome.response(), AttemptTiming.UNKNOWN);
    } catch (StoreException.Refused refused) {
      setAside(running, refused);
      return false;
    }
  }

  /// How many outcomes are on the local disk only.
  int held() {
    return held.count();
  }

  /// Settles operations whose attempts were lost and may have been sent: a repeatable call is
  /// queued again, any other ends with an unknown outcome. If its outcome is held here, that is
  /// stored instead. One that cannot be settled is set aside.
  ///
  /// @return how many were settled; the others have changed since they were read
  /// @throws StoreException if the store is unavailable
  int settleAbandoned(List<Operation> running) {
    int settled = 0;
    var lost = new ArrayList<Operation>(running.size());
    for (var operation : running) {
      var key = HeldOutcome.Key.of(operation);
      Optional<HeldOutcome> outcome;
      try {
        outcome = held.find(key);
      } catch (StoreException later) {
        LOG.debug("{}; it is tried again", later.getMessage());
        continue;
      }
      if (outcome.isPresent()) {
        storeHeld(operation, outcome.get());
        held.remove(key);
        settled++;
      } else {
        lost.add(operation);
      }
    }
    return settled + settleAll(lost, transitions::abandoned);
  }

  /// Requeues operations that were started and certainly not sent. One that cannot be requeued is
  /// set aside.
  ///
  /// @return how many were requeued; the others have changed since they were read
  /// @throws StoreException if the store is unavailable
  int requeueAll(List<Operation> running) {
    return settleAll(running, transitions::requeued);
  }

  private int settleAll(List<Operation> running, UnaryOperator<Operation> transition) {
    int settled = 0;
    var replacements = new ArrayList<Replacement>(running.size());
    for (var operation : running) {
      try {
        var next = transition.apply(operation);
        replacements.add(new Replacement(operation, next, notifications.deliveryOf(next)));
      } catch (StoreException unavailable) {
        throw unavailable;
      } catch (RuntimeException failure) {
        // Such as a notification that cannot be written.
        if (endWithoutDelivery(transitions.setAside(operation), operation, failure)) {
          reportSetAside(operation, failure);
          settled++;
        }
      }
    }
    var results = store.replaceAll(replacements);
    for (int i = 0; i < results.size(); i++) {
      var replacement = replacements.get(i);
      switch (results.get(i)) {
        case Replacement.Result.Replaced _ -> {
          stored(replacement.to(), replacement.delivery().isPresent());
          settled++;
        }
        case Replacement.Result.Stale _ -> {}
        case Replacement.Result.Refused(var why) -> {
          setAside(replacement.from(), new StoreException.Refused(why));
          settled++;
        }
      }
    }
    return settled;
  }

  /// Requeues an operation that was started and certainly not sent.
  ///
  /// @throws StoreException if the store is unavailable
  void requeue(Operation running) {
    change(running, transitions.requeued(running), Content.EMPTY);
  }

  /// Ends an operation whose outcome the store refuses, so that neither it nor others wait forever:
  /// without the response and, if that is refused too, without the notification.
  ///
  /// @throws StoreException if the store is unavailable
  private void setAside(Operation running, RuntimeException cause) {
    var end = transitions.setAside(running);
    boolean done;
    try {
      done = change(running, end, Content.EMPTY);
    } catch (StoreException.Refused again) {
      done = endWithoutDelivery(end, running, again);
    }
    if (done) {
      reportSetAside(running, cause);
    }
  }

  private boolean endWithoutDelivery(Operation end, Operation running, RuntimeException cause) {
    return setAside(running.id(), running.version(), (State.Failed) end.state(), cause);
  }

  private void reportSetAside(Operation running, RuntimeException cause) {
    counters.setAside();
    LOG.error(
        "The outcome of operation {} cannot be stored; the operation ended as failed, without its"
            + " response",
        running.id(),
        cause);
  }

  /// Ends an operation that cannot be read.
  ///
  /// @return false if it has changed since it was listed
  /// @throws StoreException if the store is unavailable
  boolean setAside(LeasedOperation unreadable) {
    var cause = new StoreException.Refused("the operation cannot be read");
    if (!setAside(unreadable.id(), unreadable.version(), transitions.unreadable(), cause)) {
      return false;
    }
    counters.setAside();
    LOG.error(
        "Operation {} cannot be read in the store; the operation ended as failed. Run 'backlane"
            + " store check'",
        unreadable.id());
    return true;
  }

  private boolean setAside(OperationId id, long version, State.Failed end, RuntimeException cause) {
    try {
      if (!store.setAside(id, version, end)) {
        return false;
      }
    } catch (StoreException.Refused refused) {
      if (stuck.add(id)) {
        cause.addSuppressed(refused);
        LOG.error("Operation {} can be neither settled nor ended; it remains running", id, cause);
      }
      return false;
    }
    stuck.remove(id);
    counters.settled(end);
    completions.ended(id);
    return true;
  }

  /// Whether the time of an operation is over: no attempt may begin.
  boolean expired(Operation operation) {
    return transitions.expired(operation);
  }

  /// Ends an operation that was started and not sent, and whose time is over.
  ///
  /// @param outage the present outage of the upstream
  /// @throws dev.backlane.engine.store.failure.StoreException if the store is unavailable
  void expire(Operation running, Optional<Outage> outage) {
    change(running, transitions.afterExpiry(running, outage), Content.EMPTY);
  }

  /// Holds a queued operation in a copy of a store, unless executing it twice does no harm.
  ///
  /// @return whether it is held now and was not before
  /// @throws dev.backlane.engine.store.failure.StoreException if the store is unavailable
  public boolean hold(OperationId id) {
    return changeTo(id, transitions::held);
  }

  /// Queues a held operation again.
  ///
  /// @return whether it was held
  /// @throws dev.backlane.engine.store.failure.StoreException if the store is unavailable
  public boolean release(OperationId id) {
    return changeTo(id, transitions::released);
  }

  /// Ends a held operation with an unknown outcome.
  ///
  /// @return whether it was held
  /// @throws dev.backlane.engine.store.failure.StoreException if the store is unavailable
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
    stored(to, delivery.isPresent());
    return true;
  }

  /// Reports a version that is durable.
  private void stored(Operation to, boolean notified) {
    counters.settled(to);
    if (notified) {
      notifications.stored();
    }
    if (to.ended()) {
      completions.ended(to.id());
    }
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
