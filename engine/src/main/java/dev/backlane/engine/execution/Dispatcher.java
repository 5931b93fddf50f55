package dev.backlane.engine.execution;

import dev.backlane.engine.background.Backoff;
import dev.backlane.engine.background.Loop;
import dev.backlane.engine.background.Loop.Next;
import dev.backlane.engine.background.Threads;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.operation.Request;
import dev.backlane.engine.operation.State;
import dev.backlane.engine.store.OperationStore;
import dev.backlane.engine.store.StoreException;
import dev.backlane.engine.store.content.Content;
import dev.backlane.engine.store.content.InMemoryContent;
import dev.backlane.engine.store.content.Part;
import dev.backlane.engine.store.content.StoredContent;
import dev.backlane.engine.store.queue.QueueKey;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Starts due operations, at most as many at a time as there are permits.
///
/// ```text
/// accept ──permit──▶ start ────────────────────────────────▶ Worker ─▶ Settlement ─▶ release
///    └──no permit──▶ store ──claim loop──▶ start ──────────────┘                        │
///                              ▲                                                        │
///                              └───────────────────── wake ◀────────────────────────────┘
/// ```
///
/// 1. **Permit:** an operation that is being accepted starts at once if a permit is free and no
///    other operation waits ([#permit]). Otherwise it is stored as queued.
/// 2. **Claim:** the claim loop claims due operations from the store, never more than there are
///    free permits, and waits until the next is due or a permit is released ([#wake]).
/// 3. **Start:** each operation gets a [Worker], which releases its permit at the end.
/// 4. **Lease check:** a second loop renews this process's leases and takes over lost operations
///    ([Takeover]).
/// 5. **Drain:** [#drain] stops claiming, waits for the attempts in flight, and releases the
///    leases.
///
/// Thread-safe.
public final class Dispatcher implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Dispatcher.class);

  /// The longest wait between two claims, since a shared store reports operations of other nodes
  /// with a delay. Also the wait after a failed claim.
  private static final Duration CLAIM_INTERVAL_MAX = Duration.ofSeconds(1);

  /// The most operations claimed in one commit.
  private static final int CLAIM_MAX = 64;

  /// The wait after a lease check that failed unexpectedly.
  private static final Duration LEASE_CHECK_RETRY = Duration.ofSeconds(1);

  /// How long [#drain] waits for aborted attempts to settle.
  private static final Duration ABORT_MAX = Duration.ofMinutes(1);

  private final OperationStore store;
  private final Settlement settlement;
  private final Routes routes;
  private final InstantSource clock;
  private final AttemptsInFlight attempts;
  private final Worker worker;
  private final Leases leases;
  private final Takeover takeover;
  private final ConcurrencyLimit limit;
  private final ExecutionPermits permits;
  private final Threads.Signal idle;
  private final Loop claimLoop;
  private final Loop leaseLoop;
  private volatile boolean draining;

  /// Whether a claim is in flight: it may still acquire permits.
  private volatile boolean claiming;

  public Dispatcher(
      OperationStore store,
      Upstream upstream,
      Settlement settlement,
      ExecutionSettings settings,
      Threads threads,
      InstantSource clock) {
    this.store = store;
    this.settlement = settlement;
    this.routes = settings.routes();
    this.clock = clock;
    this.attempts = new AttemptsInFlight(store, routes);
    this.worker = new Worker(upstream, attempts, settlement, threads, clock);
    this.leases = new Leases(store, clock, settings.holder(), settings.leaseLifetime());
    this.takeover = new Takeover(store, leases, attempts, settlement);
    this.limit = new ConcurrencyLimit(settings.concurrency(), settings.latencyTarget());
    this.idle = threads.signal();
    this.permits =
        new ExecutionPermits(limit, settings.concurrencyPerTenant(), routes.concurrency(), idle);
    this.claimLoop =
        new Loop("Operation claim", this::claimDue, Backoff.constant(CLAIM_INTERVAL_MAX), threads);
    this.leaseLoop =
        new Loop("Lease check", this::checkLeases, Backoff.constant(LEASE_CHECK_RETRY), threads);
  }

  /// Takes over the operations of dead processes, and starts the loops. Called once.
  ///
  /// @throws dev.backlane.engine.store.StoreException if the store is unavailable; the call may
  ///     then be repeated
  public void start() {
    takeover.begin();
    claimLoop.start();
    leaseLoop.startAfter(leases.checkInterval());
  }

  /// The name of the declared route that covers a request; empty if none does.
  public String routeOf(Request request) {
    return routes.nameOf(request);
  }

  /// Acquires a permit for an operation that is about to be accepted; the caller closes it. Empty
  /// if none is free, if queued operations are due, or while draining.
  ///
  /// @param key the operation's tenant and route
  public Optional<Permit> permit(QueueKey key) {
    boolean othersDue =
        store.nextDue(permits).filter(due -> !due.isAfter(clock.instant())).isPresent();
    if (othersDue || !leases.alive() || !permits.tryAcquire(key)) {
      return Optional.empty();
    }
    var permit = new Permit(permits, leases, leases.next(1), key, this::wakeForQueued);
    // Checked after the permit is acquired, since a drain sets the flag before it waits for all
    // permits.
    if (draining) {
      permit.close();
      return Optional.empty();
    }
    return Optional.of(permit);
  }

  /// Starts an operation that was accepted as running under a permit.
  ///
  /// @param request the content of its request, as it was stored
  public void start(Operation running, Content request, Permit permit) {
    Supplier<StoredContent> body =
        switch (request) {
          case Content.Inline(var bytes) -> () -> new InMemoryContent(bytes);
          case Content.Spooled _ -> () -> stored(running);
        };
    worker.start(running, body, permit);
  }

  /// One step of the claim loop: claims due operations and starts them.
  private Next claimDue() {
    int free = Math.min(permits.free(), CLAIM_MAX);
    return free > 0 && claim(free) > 0 ? Next.again() : Next.after(untilDue());
  }

  /// @return how many operations were started
  private int claim(int max) {
    claiming = true;
    try {
      // Checked after `claiming` is set, since a drain sets `draining` before it reads `claiming`.
      return draining || !leases.alive() ? 0 : startClaimed(max);
    } finally {
      claiming = false;
      if (draining) {
        idle.raise();
      }
    }
  }

  private int startClaimed(int max) {
    var lease = leases.next(max);
    List<Operation> claimed = List.of();
    try {
      claimed = store.claim(max, permits, lease, clock.instant());
    } finally {
      leases.close(lease, max - claimed.size());
    }
    for (var operation : claimed) {
      var key = QueueKey.of(operation);
      var permit = new Permit(permits, leases, lease, key, this::wakeForQueued);
      worker.start(operation, () -> stored(operation), permit);
    }
    return claimed.size();
  }

  private StoredContent stored(Operation operation) {
    long length = operation.request().contentLength();
    var stored = store.content(operation, Part.REQUEST).orElse(InMemoryContent.NONE);
    if (stored.length() < length) {
      throw new StoreException.Damaged(
          "the stored request has " + stored.length() + " bytes instead of " + length);
    }
    return stored;
  }

  private Duration untilDue() {
    var now = clock.instant();
    return permits.free() == 0
        ? CLAIM_INTERVAL_MAX
        : store
            .nextDue(permits)
            .map(due -> Duration.between(now, due))
            .filter(wait -> wait.compareTo(CLAIM_INTERVAL_MAX) < 0)
            .orElse(CLAIM_INTERVAL_MAX);
  }

  /// One step of the lease loop, which ends when the drained process is idle.
  private Next checkLeases() {
    var next = takeover.check();
    return draining && !busy() ? Next.done() : next;
  }

  /// Makes the claim loop check for due operations now if a permit is free. If none is, the release
  /// of a permit triggers the check.
  public void wake() {
    if (permits.free() > 0) {
      claimLoop.wake();
    }
  }

  private void wakeForQueued() {
    if (store.queued() > 0) {
      wake();
    }
  }

  /// Cancels an operation. The cancel is durable on return; a running attempt is aborted, and its
  /// outcome is discarded.
  ///
  /// @return the state before the cancel: ended if nothing was changed, queued or running; empty if
  ///     the operation does not exist
  public Optional<State> cancel(OperationId id) {
    var before = settlement.cancel(id);
    if (before.filter(state -> !(state instanceof State.Ended)).isPresent()) {
      attempts.abort(id);
    }
    return before;
  }

  /// Attempts in flight.
  public int running() {
    return permits.taken();
  }

  /// Attempts that may be in flight now: the configured concurrency, or fewer while the upstream is
  /// overloaded.
  public int concurrencyLimit() {
    return limit.current();
  }

  /// The counts of this process since it started.
  public ExecutionCounters counters() {
    return settlement.counters();
  }

  /// Whether [#drain] was called.
  public boolean draining() {
    return draining;
  }

  /// Stops starting operations, waits for the attempts in flight, and aborts those that have not
  /// ended in time. Operations that were not sent are requeued. Other processes can take over at
  /// once the operations that could not be settled.
  public void drain(Duration timeout) {
    draining = true;
    claimLoop.stop();
    leaseLoop.wake();
    try {
      if (!awaitIdle(timeout)) {
        LOG.warn("{} attempts have not ended within {}; aborting them", running(), timeout);
        worker.stop();
        awaitIdle(ABORT_MAX);
      }
      // Requeues operations whose start was committed although the commit was reported as failed.
      // Otherwise another process would end them with an unknown outcome.
      if (takeover.check() instanceof Next.Retry(var cause, var _)) {
        LOG.warn("The last lease check before the stop failed: {}", cause.getMessage());
      }
      if (busy()) {
        // Without valid leases, other processes would take over operations that may still be in
        // flight here. The lease loop renews the leases until the attempts end.
        LOG.error(
            "{} aborted attempts have not ended within {}; their leases are renewed until they end",
            running(),
            ABORT_MAX);
      } else {
        leases.release();
      }
    } catch (InterruptedException interrupted) {
      worker.stop();
      Thread.currentThread().interrupt();
    }
  }

  private boolean awaitIdle(Duration timeout) throws InterruptedException {
    var end = clock.instant().plus(timeout);
    for (var now = clock.instant(); busy(); now = clock.instant()) {
      if (!now.isBefore(end)) {
        return false;
      }
      idle.await(Duration.between(now, end));
    }
    return true;
  }

  /// Whether attempts are in flight, or a claim that may start some.
  private boolean busy() {
    // The order matters: a claim acquires its permits before it ends.
    return claiming || permits.taken() > 0;
  }

  /// Drains without waiting.
  @Override
  public void close() {
    drain(Duration.ZERO);
  }
}
