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

/// Starts due operations, as many at a time as there are permits.
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
///    permits, and waits until the next is due or a permit is released ([#wake]).
/// 3. **Start:** each operation gets a [Worker], which releases its permit at the end.
/// 4. **Lease check:** a second loop renews this process's leases and takes over lost operations
///    ([Takeover]).
/// 5. **Drain:** [#drain] claims nothing more, waits for the attempts in flight, and gives up the
///    leases.
///
/// Thread-safe.
public final class Dispatcher implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Dispatcher.class);

  /// The longest wait between two claims: the store may learn of the operations of other nodes
  /// late. Also the wait after a failed claim.
  private static final Duration CLAIM_INTERVAL_MAX = Duration.ofSeconds(1);

  /// Operations claimed in one commit, at most.
  private static final int CLAIM_MAX = 64;

  /// The wait after a lease check that failed without choosing one itself.
  private static final Duration LEASE_CHECK_RETRY = Duration.ofSeconds(1);

  /// How long aborted attempts may take to settle.
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

  /// Whether a claim may be in flight whose operations hold no permits yet.
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

  /// Takes over what dead processes left running, and starts the loops. Called once.
  ///
  /// @throws dev.backlane.engine.store.StoreException if the store is unavailable; may be called
  ///     again
  public void start() {
    takeover.begin();
    claimLoop.start();
    leaseLoop.startAfter(leases.checkInterval());
  }

  /// The name of the declared route that covers a request; empty if none does.
  public String routeOf(Request request) {
    return routes.nameOf(request);
  }

  /// A permit for an operation that is about to be accepted, to be closed by the caller. Empty if
  /// none is free, if queued operations are due, or while draining.
  ///
  /// @param key the operation's tenant and route
  public Optional<Permit> permit(QueueKey key) {
    boolean othersDue =
        store.nextDue(permits).filter(due -> !due.isAfter(clock.instant())).isPresent();
    if (othersDue || !leases.alive() || !permits.tryAcquire(key)) {
      return Optional.empty();
    }
    var permit = new Permit(permits, leases, leases.next(1), key, this::wakeForQueued);
    // Checked after the permit is acquired: a drain sets the flag before it waits for all permits.
    if (draining) {
      permit.close();
      return Optional.empty();
    }
    return Optional.of(permit);
  }

  /// Starts an operation that was accepted as running under a permit.
  ///
  /// @param request its content, as it was stored
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
      // Checked after the flag is set: a drain sets its own before it asks whether a claim is in
      // flight.
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
    return store.content(operation, Part.REQUEST).orElse(InMemoryContent.NONE);
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

  /// Makes the claim loop look for due operations now, if a permit is free. Without one it does so
  /// when a permit is released.
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
  /// outcome is dropped.
  ///
  /// @return the state before the cancel: ended if nothing was changed, queued or running; empty if
  ///     the operation does not exist
  public Optional<State> cancel(OperationId id) {
    var found = settlement.cancel(id);
    if (found.filter(state -> !(state instanceof State.Ended)).isPresent()) {
      attempts.abort(id);
    }
    return found;
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

  /// What this process has done since it started.
  public ExecutionCounters counters() {
    return settlement.counters();
  }

  /// Whether [#drain] was called.
  public boolean draining() {
    return draining;
  }

  /// Starts no more operations, waits for the attempts in flight, and aborts those that have not
  /// ended in time. What was not sent is requeued. What could not be settled can be taken over by
  /// other processes at once.
  public void drain(Duration timeout) {
    draining = true;
    claimLoop.stop();
    leaseLoop.wake();
    try {
      if (!awaitIdle(timeout)) {
        LOG.warn("{} attempts have not ended within {} and are aborted", running(), timeout);
        worker.stop();
        awaitIdle(ABORT_MAX);
      }
      // Requeues what the store started without this process learning of it; otherwise another
      // process
      // would end it with an unknown outcome.
      if (takeover.check() instanceof Next.Retry(var cause, var _)) {
        LOG.warn("The last lease check failed: {}", cause.getMessage());
      }
      if (busy()) {
        // Others would take over operations while this process may still act; the leases are
        // renewed
        // until the attempts end.
        LOG.error("{} attempts do not end although they were aborted", running());
      } else {
        leases.leave();
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

  /// Whether attempts are in flight, or may be in a moment.
  private boolean busy() {
    // In this order: a claim that has returned holds its permits.
    return claiming || permits.taken() > 0;
  }

  /// Drains without waiting.
  @Override
  public void close() {
    drain(Duration.ZERO);
  }
}
