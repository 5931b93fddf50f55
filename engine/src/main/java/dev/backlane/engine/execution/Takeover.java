package dev.backlane.engine.execution;

import dev.backlane.engine.background.Loop.Next;
import dev.backlane.engine.execution.leases.Leases;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.store.Heartbeat;
import dev.backlane.engine.store.LeasedOperation;
import dev.backlane.engine.store.OperationStore;
import dev.backlane.engine.store.failure.StoreException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.function.ToIntFunction;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Takes over running operations that no process executes any more, and stores the outcomes that
/// earlier processes on this machine held. It runs on its own thread: the renewal of the leases of
/// this process ([Leases]) never waits for it. Steps of one check:
///
/// 1. End the leases of dead processes ([Leases#dead]), by compare-and-set of their last renewals:
///    a process that has renewed in the meantime keeps its lease.
/// 2. List the attempts in flight here, then the running operations of this process and of those
///    without a lease. The order matters: the lists do not contain operations that are started
///    later.
/// 3. Abort attempts whose operation was taken over or canceled by another process.
/// 4. Recover own operations that no worker executes: settle those that may have been sent, requeue
///    the others ([Settlement]).
/// 5. Settle the operations of dead processes ([Settlement#settleAbandoned]), in batches.
/// 6. Store held outcomes that could not be stored at the start ([Settlement#settleHeld]).
///
/// An operation that cannot be read or settled is set aside, so that it stops no other.
///
/// If the lease expires because it cannot be renewed, the attempts of calls that another process
/// may repeat are aborted. The others go on, and their outcomes are stored if no process has taken
/// them over by then.
///
/// Thread-safe.
final class Takeover {
  private static final Logger LOG = LoggerFactory.getLogger(Takeover.class);

  /// The most operations that are read and settled together: with a commit for each, a takeover of
  /// thousands takes longer than a lease; and a batch must fit into memory.
  private static final int BATCH = 256;

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
    var _ = leases.renew();
    int taken = takeOver();
    if (taken > 0) {
      LOG.info(
          "{} operations were in flight when their process ended; each is repeated, or ends with an"
              + " unknown outcome",
          taken);
    }
  }

  /// Renews the leases of this process.
  ///
  /// @return the wait before the next renewal
  Next renew() {
    try {
      if (!leases.renew()) {
        LOG.warn(
            "Another node has ended the leases of this one, because it saw no renewal in time;"
                + " attempts in flight that another node may repeat are aborted");
        attempts.abortRepeatable();
      }
      return Next.after(leases.renewalInterval());
    } catch (RuntimeException failure) {
      if (!leases.alive()) {
        attempts.abortRepeatable();
      }
      return Next.retry(failure, leases.renewalInterval());
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
      return Next.retry(failure, leases.checkInterval());
    }
  }

  private int takeOver() {
    leases.dead().forEach(this::expire);
    var inFlight = attempts.list();
    var running = store.held(leases.holder());
    abortLost(inFlight, running);
    var lost = new ArrayList<LeasedOperation>();
    var unsent = new ArrayList<LeasedOperation>();
    var abandoned = new ArrayList<LeasedOperation>();
    for (var held : running) {
      if (!held.lease().holder().equals(leases.holder())) {
        abandoned.add(held);
      } else if (!leases.inUse(held.lease())) {
        (attempts.contains(held.id()) ? lost : unsent).add(held);
      }
    }
    int taken = inBatches(lost, this::settleLost);
    // Started by a commit that was reported as failed: never sent.
    taken += inBatches(unsent, settlement::requeueAll);
    // Processes that take over at the same time begin at different operations.
    Collections.rotate(abandoned, leases.holder().hashCode());
    return taken + inBatches(abandoned, settlement::settleAbandoned);
  }

  private void expire(Heartbeat last) {
    if (store.expire(last)) {
      LOG.warn(
          "The lease of {} was ended: no renewal has been seen for {}",
          last.holder(),
          last.silence());
    }
  }

  private int settleLost(List<Operation> running) {
    int settled = settlement.settleAbandoned(running);
    running.forEach(operation -> attempts.remove(operation.id()));
    return settled;
  }

  /// @param recovery settles or requeues operations, and returns how many; it does not receive
  ///     those that have changed since they were listed
  private int inBatches(List<LeasedOperation> running, ToIntFunction<List<Operation>> recovery) {
    int taken = 0;
    for (int from = 0; from < running.size(); from += BATCH) {
      var batch = running.subList(from, Math.min(from + BATCH, running.size()));
      var found = store.findAll(batch.stream().map(LeasedOperation::id).toList());
      var unchanged = new ArrayList<Operation>(batch.size());
      for (var held : batch) {
        var operation = found.get(held.id());
        if (operation == null) {
          taken += settlement.setAside(held) ? 1 : 0;
        } else if (operation.version() == held.version()) {
          unchanged.add(operation);
        }
      }
      taken += recovery.applyAsInt(unchanged);
    }
    return taken;
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
