package dev.backlane.engine.execution;

import dev.backlane.engine.background.Threads;
import dev.backlane.engine.background.WriteRetry;
import dev.backlane.engine.notification.EndNotifications;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.operation.State;
import dev.backlane.engine.store.LeasedOperation;
import dev.backlane.engine.store.OperationStore;
import dev.backlane.engine.store.Replacement;
import dev.backlane.engine.store.StoreException;
import dev.backlane.engine.store.content.Content;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.UnaryOperator;
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

  /// Operations that could not be set aside, each of which is logged once.
  private final Set<OperationId> stuck = ConcurrentHashMap.newKeySet();

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
  /// [#stop]. If the store refuses the outcome, the operation is set aside.
  ///
  /// @return false if the outcome could not be stored: the operation is still running in the store
  boolean settle(Operation running, Upstream.Outcome outcome) {
    counters.attempted(outcome.verdict());
    boolean stored;
    try {
      stored = untilStored(running, () -> store(running, outcome));
    } catch (StoreException.Refused refused) {
      stored = untilStored(running, () -> setAside(running, refused));
    }
    if (!stored) {
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

  /// Settles operations whose attempts were lost and may have been sent: a repeatable call is
  /// queued again, any other ends with an unknown outcome. One that cannot be settled is set aside.
  ///
  /// @return how many were settled; the others have changed since they were read
  /// @throws StoreException if the store is unavailable
  int settleAbandoned(List<Operation> running) {
    return settleAll(running, transitions::abandoned);
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
    counters.settled(to.state());
    if (notified) {
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
