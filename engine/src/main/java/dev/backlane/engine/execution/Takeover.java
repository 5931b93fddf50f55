package dev.backlane.engine.execution;

import dev.backlane.engine.background.Loop.Next;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.store.LeasedOperation;
import dev.backlane.engine.store.OperationStore;
import dev.backlane.engine.store.StoreException;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The lease check: renews the leases of this process, takes over running operations that no
/// process executes any more, and stores the outcomes that earlier processes on this machine held.
/// Steps of one check:
///
/// 1. List the attempts in flight here, then the running operations of this process and of
///    processes without a valid lease, then renew the leases. The order matters: the lists do not
///    contain operations that are started later, and the process that started a listed operation
///    renewed its lease before.
/// 2. Abort attempts whose operation was taken over or canceled by another process.
/// 3. Recover own operations that no worker executes: settle those that may have been sent, requeue
///    the others ([Settlement]).
/// 4. Settle the operations of expired leases ([Settlement#settleAbandoned]).
/// 5. Store held outcomes that could not be stored at the start ([Settlement#settleHeld]).
///
/// If the lease expires because it cannot be renewed, the attempts of calls that another process
/// may repeat are aborted. The others go on, and their outcomes are stored if no process has taken
/// them over by then.
///
/// Thread-safe.
final class Takeover {
  private static final Logger LOG = LoggerFactory.getLogger(Takeover.class);

  private final OperationStore store;
  private final Leases leases;
  private final AttemptsInFlight attempts;
  private final Settlement settlement;

  Takeover(OperationStore store, Leases leases, AttemptsInFlight attempts, Settlement settlement) {
    this.store = store;
    this.leases = leases;
    this.attempts = attempts;
    this.settlement = settlement;
  }

  /// Stores held outcomes, and then takes over the operations that were running when the previous
  /// process on this store ended. The order matters: a takeover would end them as unknown.
  /// Called once, before any operation is started.
  ///
  /// @throws StoreException if the store is unavailable
  void begin() {
    settlement.settleHeld();
    leases.begin();
    int taken = takeOver();
    if (taken > 0) {
      LOG.info(
          "{} operations were in flight when their process ended; each is repeated, or ends with an"
              + " unknown outcome",
          taken);
    }
  }

  /// Runs one check.
  ///
  /// @return the wait before the next
  Next check() {
    if (leases.released()) {
      return Next.after(leases.checkInterval());
    }
    try {
      int taken = takeOver();
      if (taken > 0) {
        LOG.warn(
            "{} operations were taken over: the processes that ran them have ended or lost their leases",
            taken);
      }
      settlement.settleHeld();
      return Next.after(leases.checkInterval());
    } catch (RuntimeException failure) {
      if (failure instanceof StoreException) {
        leases.storeUnavailable();
      }
      if (!leases.alive()) {
        attempts.abortRepeatable();
      }
      return Next.retry(failure, leases.checkInterval());
    }
  }

  private int takeOver() {
    var inFlight = attempts.list();
    var running = store.held(leases.holder());
    var alive = leases.renew();
    abortLost(inFlight, running);
    boolean inGrace = leases.inGrace();
    int taken = 0;
    for (var held : running) {
      taken += takeOver(held, alive, inGrace);
    }
    return taken;
  }

  /// @return how many operations were taken over: one or none
  private int takeOver(LeasedOperation held, Set<String> alive, boolean inGrace) {
    var lease = held.lease();
    boolean own = lease.holder().equals(leases.holder());
    if (own && !leases.inUse(lease)) {
      return takeOver(held, this::recoverOwn);
    }
    if (!own && !inGrace && !alive.contains(lease.holder())) {
      return takeOver(held, settlement::settleAbandoned);
    }
    return 0;
  }

  /// @param recovery settles or requeues the operation; not called if the operation has changed
  ///     since it was listed
  private int takeOver(LeasedOperation held, Consumer<Operation> recovery) {
    var found = store.find(held.id()).filter(operation -> operation.version() == held.version());
    found.ifPresent(recovery);
    return found.isPresent() ? 1 : 0;
  }

  /// Recovers an operation of this process that no worker executes any more.
  private void recoverOwn(Operation running) {
    if (attempts.contains(running.id())) {
      settlement.settleAbandoned(running);
      attempts.remove(running.id());
    } else {
      // Started by a commit that was reported as failed: it was never sent.
      settlement.requeue(running);
    }
  }

  /// Aborts attempts of operations that other processes have taken over or canceled: their outcomes
  /// cannot be settled.
  private static void abortLost(List<Attempt> inFlight, List<LeasedOperation> running) {
    var versions =
        running.stream().collect(Collectors.toMap(LeasedOperation::id, LeasedOperation::version));
    for (var attempt : inFlight) {
      var operation = attempt.operation();
      if (!Objects.equals(versions.get(operation.id()), operation.version())) {
        attempt.abort();
      }
    }
  }
}
