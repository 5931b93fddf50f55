package dev.backlane.engine.execution;

import dev.backlane.engine.background.Backoff;
import dev.backlane.engine.background.Loop;
import dev.backlane.engine.background.Loop.Next;
import dev.backlane.engine.background.Threads;
import dev.backlane.engine.execution.leases.Leases;
import dev.backlane.engine.execution.permits.ExecutionPermits;
import dev.backlane.engine.execution.permits.RouteLoad;
import dev.backlane.engine.execution.permits.StartObstacles;
import dev.backlane.engine.execution.permits.UpstreamCircuit;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.operation.Request;
import dev.backlane.engine.operation.State;
import dev.backlane.engine.store.OperationStore;
import dev.backlane.engine.store.content.Content;
import dev.backlane.engine.store.content.InMemoryContent;
import dev.backlane.engine.store.content.Part;
import dev.backlane.engine.store.content.StoredContent;
import dev.backlane.engine.store.failure.StoreException;
import dev.backlane.engine.store.queue.Permits;
import dev.backlane.engine.store.queue.QueueKey;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Starts due operations, at most as many at a time as there are permits. Thread-safe.
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
///    free permits, and waits until the next is due or a permit is released ([#wake]). While the
///    upstream is unreachable, a permit is free only for single probes ([UpstreamCircuit]).
/// 3. **Start:** each operation gets a [Worker], which releases its permit at the end.
/// 4. **Expiry:** operations whose time is over are ended when they are claimed. Every
///    [#EXPIRY_INTERVAL], those that wait without a free permit are claimed too, to be ended.
/// 5. **Leases:** a second loop renews this process's leases ([Leases]). A third takes over lost
///    operations ([Takeover]), so that no renewal waits for a takeover.
/// 6. **Drain:** [#stopStarting] stops claiming and requeues what is not sent; [#drain] also waits
///    for the attempts in flight, and releases the leases, which are renewed until then.
public final class Dispatcher implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Dispatcher.class);

  /// The longest wait between two claims, since a shared store reports operations of other nodes
  /// with a delay. Also the wait after a failed claim.
  private static final Duration CLAIM_INTERVAL_MAX = Duration.ofSeconds(1);

  /// The most operations claimed in one commit.
  private static final int CLAIM_MAX = 64;

  /// How often operations are ended whose time is over while they wait.
  private static final Duration EXPIRY_INTERVAL = Duration.ofSeconds(5);

  /// The most keys of due operations that decide the shares of the tenants.
  private static final int DUE_KEYS_MAX = 256;

  /// The wait after a renewal or a check that failed unexpectedly.
  private static final Duration LEASE_RETRY = Duration.ofSeconds(1);

  /// How long [#drain] waits for aborted attempts to settle: a part of the time that a stop may
  /// take (docs/operating.md). A shared store responds or fails within 5 s.
  private static final Duration ABORT_MAX = Duration.ofSeconds(10);

  private final OperationStore store;
  private final Settlement settlement;
  private final Supplier<Routes> routes;
  private final Threads threads;
  private final InstantSource clock;
  private final AttemptsInFlight attempts;
  private final Worker worker;
  private final Leases leases;
  private final Takeover takeover;
  private final ExecutionPermits permits;
  private final Threads.Signal idle;
  private final Loop claimLoop;
  private final Loop renewalLoop;
  private final Loop takeoverLoop;
  private volatile boolean draining;

  /// Whether a claim is in flight: it may still acquire permits.
  private volatile boolean claiming;

  /// Used by the claim loop alone.
  private long expiryCheckedNanos;

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
    this.threads = threads;
    this.clock = clock;
    this.attempts = new AttemptsInFlight(store, routes, threads);
    this.worker = new Worker(upstream, attempts, settlement, threads);
    this.leases = new Leases(store, threads, settings.holder(), settings.leaseLifetime());
    this.takeover = new Takeover(store, leases, attempts, settlement);
    this.idle = threads.signal();
    // Seeded by the name of the process, so that several processes do not probe at the same time.
    var random = new SplittableRandom(settings.holder().hashCode());
    var circuit = new UpstreamCircuit(threads, clock, random, store::queued);
    this.permits =
        new ExecutionPermits(
            settings.concurrency(),
            name -> routes.get().concurrencyOf(name),
            settings.paused(),
            circuit,
            threads,
            idle);
    this.expiryCheckedNanos = threads.nanoTime();
    this.claimLoop =
        new Loop("Operation claim", this::claimDue, Backoff.constant(CLAIM_INTERVAL_MAX), threads);
    this.renewalLoop =
        new Loop("Lease renewal", this::renewLeases, Backoff.constant(LEASE_RETRY), threads);
    this.takeoverLoop =
        new Loop("Takeover", this::takeOver, Backoff.constant(LEASE_RETRY), threads);
  }

  /// Takes over the operations of dead processes, and starts the loops. Called once.
  ///
  /// @throws dev.backlane.engine.store.failure.StoreException if the store is unavailable; the call
  ///     may then be repeated
  public void start() {
    takeover.begin();
    renewalLoop.startAfter(leases.renewalInterval());
    claimLoop.start();
    takeoverLoop.startAfter(leases.checkInterval());
  }

  /// The name of the declared route that covers a request; empty if none does.
  public String routeOf(Request request) {
    return routes.get().nameOf(request);
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
    var permit = new Permit(permits, permits, leases, leases.next(1), key, this::wakeForQueued);
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
    int ended = claim(this::claimExpired);
    if (permits.sharedByNeed()) {
      permits.due(store.dueKeys(DUE_KEYS_MAX, clock.instant()));
    }
    int free = Math.min(permits.free(), CLAIM_MAX);
    int started = free > 0 ? claim(() -> startClaimed(free, permits, clock.instant())) : 0;
    return ended + started > 0 ? Next.again() : Next.after(untilDue());
  }

  /// @param starts returns how many operations it started
  private int claim(IntSupplier starts) {
    claiming = true;
    try {
      // Checked after `claiming` is set, since a drain sets `draining` before it reads `claiming`.
      return draining || !leases.alive() ? 0 : starts.getAsInt();
    } finally {
      claiming = false;
      if (draining) {
        idle.raise();
      }
    }
  }

  /// Claims operations whose time is over, whether a permit is free or not: those that have been
  /// due for longer than they may wait in total. An operation that was attempted before may be due
  /// later; it is ended when it is claimed, or this long after it was due.
  private int claimExpired() {
    long nowNanos = threads.nanoTime();
    if (nowNanos - expiryCheckedNanos < EXPIRY_INTERVAL.toNanos()) {
      return 0;
    }
    permits.prune();
    int started = 0;
    if (store.queued() > 0) {
      for (var group : routes.get().byMaxDuration().entrySet()) {
        var names = group.getValue();
        int max = CLAIM_MAX - (permits.taken() - permits.running());
        if (max > 0) {
          started +=
              startClaimed(
                  max,
                  permits.forExpiry(key -> names.contains(key.lane())),
                  clock.instant().minus(group.getKey()));
        }
      }
    }
    // Checked again at once while there are more.
    expiryCheckedNanos = started > 0 ? expiryCheckedNanos : nowNanos;
    return started;
  }

  private int startClaimed(int max, Permits acquired, Instant now) {
    var lease = leases.next(max);
    List<Operation> claimed = List.of();
    try {
      claimed = store.claim(max, acquired, lease, now);
    } finally {
      leases.close(lease, max - claimed.size());
      if (claimed.isEmpty() && acquired == permits) {
        permits.unused();
      }
    }
    for (var operation : claimed) {
      var key = QueueKey.of(operation);
      var permit = new Permit(permits, acquired, leases, lease, key, this::wakeForQueued);
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
    return permits.free() == 0
        ? CLAIM_INTERVAL_MAX
        : Loop.untilDue(store.nextDue(permits), clock.instant(), CLAIM_INTERVAL_MAX);
  }

  /// One step of the renewal loop, which ends when the drained process is idle.
  private Next renewLeases() {
    if (leases.released() || draining && !busy()) {
      return Next.done();
    }
    var next = takeover.renew();
    if (!leases.dead().isEmpty()) {
      takeoverLoop.wake();
    }
    return next;
  }

  /// One step of the takeover loop, which ends when the drained process is idle.
  private Next takeOver() {
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

  /// As [#wake], for an operation that was queued: only if it may be started.
  void wake(QueueKey key) {
    if (permits.hasPermit(key)) {
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
    return permits.running();
  }

  /// How long the oldest attempt has been in flight; zero if none is.
  public Duration oldestRunning() {
    return worker.oldest();
  }

  /// Attempts that may be in flight now: the configured concurrency, or fewer while the upstream is
  /// unreachable and just after.
  public int concurrencyLimit() {
    return permits.limit();
  }

  /// What keeps due operations of a tenant on a route from starting at present.
  public StartObstacles obstaclesTo(QueueKey key) {
    return new StartObstacles(permits.outage(), permits.limitsReached(key), draining);
  }

  /// Whether the upstream is unreachable: accepted operations wait until it is back.
  public boolean upstreamUnreachable() {
    return permits.outage().isPresent();
  }

  /// The load of each declared route, by name, and of [Routes#NONE].
  public Map<String, RouteLoad> routeLoads() {
    return permits.loadsOf(routes.get().names());
  }

  /// The counts of this process since it started.
  public ExecutionCounters counters() {
    return settlement.counters();
  }

  /// Outcomes that are on the local disk and not yet in the store.
  public int outcomesHeld() {
    return settlement.held();
  }

  /// Whether [#stopStarting] or [#drain] was called.
  public boolean draining() {
    return draining;
  }

  /// Stops starting operations, for good: a drain begins. Operations that were not sent are
  /// requeued, and those that are accepted from now on are queued. Returns at once.
  public void stopStarting() {
    draining = true;
    worker.requeueUnsent();
    claimLoop.stop();
    takeoverLoop.wake();
  }

  /// Whether no attempt is in flight and, after [#stopStarting], none will start.
  public boolean idle() {
    return !busy();
  }

  /// Stops starting operations, waits for the attempts in flight, and aborts those that have not
  /// ended in time. Operations that were not sent are requeued. Other processes can take over at
  /// once the operations that could not be settled.
  public void drain(Duration timeout) {
    stopStarting();
    try {
      if (!awaitIdle(timeout)) {
        LOG.warn("Aborting {} attempts in flight that have not ended in time", running());
        worker.stop();
        awaitIdle(ABORT_MAX);
      }
      // Requeues operations whose start was committed although the commit was reported as failed.
      // Otherwise another process would end them with an unknown outcome.
      if (takeover.check() instanceof Next.Retry(var cause, var _)) {
        LOG.warn(
            "The last check for lost operations before the stop failed: {}", cause.getMessage());
      }
      if (busy()) {
        // Without valid leases, other processes would take over operations that may still be in
        // flight here. The renewal loop renews the leases until the attempts end.
        LOG.error(
            "{} aborted attempts have not ended within {}; their leases are renewed until they end",
            running(),
            ABORT_MAX);
      } else if (settlement.held() > 0) {
        // A takeover would end them with an unknown outcome. Until the leases expire, a process
        // that
        // starts on this machine can store them.
        LOG.warn(
            "{} outcomes could not be stored. They are kept in the spool directory, and stored when a"
                + " process starts with it. The leases are not released",
            settlement.held());
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
