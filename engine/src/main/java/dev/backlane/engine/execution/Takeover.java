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

/// The lease check: renews the leases of this process, and takes over operations on which no
/// process works any more. Steps of one check:
///
/// 1. List the attempts in flight here, then the running operations of this process and of
///    processes without a valid lease, then renew. The order matters: an operation that is started
///    after the listing is not in it, and a process that started a listed operation renewed before.
/// 2. Abort attempts whose operation was taken over or canceled by another process.
/// 3. Own operations without an attempt here: settle them if they were sent, requeue them if not.
/// 4. Operations of expired leases: settle them ([Settlement#settleAbandoned]).
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

  /// Takes over what the previous process on this store left running. Called once, before any work.
  ///
  /// @throws StoreException if the store is unavailable
  void begin() {
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
    if (leases.left()) {
      return Next.after(leases.checkInterval());
    }
    try {
      int taken = takeOver();
      if (taken > 0) {
        LOG.warn("{} operations without a live process were taken over", taken);
      }
      return Next.after(leases.checkInterval());
    } catch (RuntimeException failure) {
      if (failure instanceof StoreException) {
        leases.storeUnavailable();
      }
      if (!leases.alive()) {
        attempts.abortAll();
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

  /// @param how takes the operation over; not called if the operation has changed since it was
  ///     listed
  private int takeOver(LeasedOperation held, Consumer<Operation> how) {
    var found = store.find(held.id()).filter(operation -> operation.version() == held.version());
    found.ifPresent(how);
    return found.isPresent() ? 1 : 0;
  }

  /// Recovers an operation of this process for which no thread runs any more.
  private void recoverOwn(Operation running) {
    if (attempts.contains(running.id())) {
      settlement.settleAbandoned(running);
      attempts.remove(running.id());
    } else {
      // Started by a commit that was reported as failed: it was never sent.
      settlement.requeue(running);
    }
  }

  /// Aborts attempts of operations that others have taken over or canceled: their outcome cannot be
  /// settled.
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
