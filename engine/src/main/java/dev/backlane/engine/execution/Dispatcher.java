package dev.backlane.engine.execution;

import dev.backlane.engine.background.Threads;
import dev.backlane.engine.operation.Lease;
import dev.backlane.engine.operation.Lifecycle;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.operation.Request;
import dev.backlane.engine.operation.Response;
import dev.backlane.engine.operation.State;
import dev.backlane.engine.operation.Verdict;
import dev.backlane.engine.store.OperationStore;
import dev.backlane.engine.store.StoreException;
import dev.backlane.engine.store.content.Content;
import dev.backlane.engine.store.content.InMemoryContent;
import dev.backlane.engine.store.queue.QueueKey;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Gives due operations to workers, as many at a time as the upstream takes, and claims no more than it has room for.
/// Thread-safe.
///
/// ```text
/// accept ──slot free──▶ Slot.run ─────────────▶ worker (virtual thread)
///    └────no slot─────▶ store ──claim──▶ loop ──▶ worker
/// ```
public final class Dispatcher implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Dispatcher.class);

  /// How long the loop sleeps at most: the store's hints may be late, as other nodes' operations are.
  private static final Duration LOOK_INTERVAL = Duration.ofSeconds(1);

  /// How long the loop rests at least; doubled each time that nothing was claimed of what is said to be due.
  private static final long PAUSE_MILLIS_MIN = 1;

  /// Operations claimed in one commit at most.
  private static final int CLAIM_MAX = 64;

  /// What broken-off attempts may take to settle.
  private static final Duration STOP_MAX = Duration.ofMinutes(1);

  private static final int TOO_MANY_REQUESTS = 429;
  private static final int SERVICE_UNAVAILABLE = 503;

  private final OperationStore store;
  private final Routes routes;
  private final Worker worker;
  private final LeaseKeeper leases;
  private final Completions completions;
  private final ExecutionCounters tally = new ExecutionCounters();
  private final InstantSource clock;
  private final Threads threads;
  private final ConcurrencyLimit limit;
  private final ExecutionPermits slots;
  private final Threads.Signal wakes;
  private final Threads.Signal stops;
  private final Threads.Signal allFree;
  private volatile boolean draining;

  /// Whether a claim may be on its way, whose operations hold no places yet.
  private volatile boolean claiming;

  /// How long the loop rests before it claims again what is said to be due. Of the loop's thread alone.
  private long pauseMillis = PAUSE_MILLIS_MIN;

  /// @param crew who works, and how many at a time
  /// @param surroundings threads, time and chance
  public Dispatcher(
      OperationStore store,
      Upstream upstream,
      Routes routes,
      Completions completions,
      Crew crew,
      Surroundings surroundings) {
    this.store = store;
    this.routes = routes;
    this.completions = completions;
    this.clock = surroundings.clock();
    this.threads = surroundings.threads();
    this.wakes = threads.signal();
    this.stops = threads.signal();
    this.allFree = threads.signal();
    this.worker = new Worker(store, upstream, routes, completions, surroundings, tally);
    this.leases = new LeaseKeeper(store, worker, clock, crew.holder(), crew.leaseLifetime());
    this.limit = new ConcurrencyLimit(crew.concurrency(), crew.latencyTarget());
    this.slots =
        new ExecutionPermits(limit, crew.concurrencyPerTenant(), routes.concurrency(), allFree);
  }

  /// Who works.
  ///
  /// @param holder names this process in leases
  /// @param leaseLifetime after which other processes take over what this one runs, should it fall silent
  /// @param concurrency attempts at a time, at least 1
  /// @param concurrencyPerTenant of these, for one tenant; 0: no bound
  /// @param latencyTarget an attempt that takes longer lowers the concurrency; zero: none does
  public record Crew(
      String holder,
      Duration leaseLifetime,
      int concurrency,
      int concurrencyPerTenant,
      Duration latencyTarget) {}

  /// Settles what dead processes left running, then begins to work. Call once.
  ///
  /// @throws StoreException if the store cannot tell or take what was left
  public void start() {
    leases.begin();
    threads.start("dispatcher", this::dispatch);
    threads.start("leases", this::keepLeases);
  }

  /// The name of the declared route that covers a request; empty if none does.
  public String routeOf(Request request) {
    return routes.nameOf(request);
  }

  /// A free place for an operation that is about to be accepted; empty when there is none, when others wait for their turn, or
  /// while draining. Whoever takes it closes it.
  ///
  /// @param route as [#routeOf] tells it
  public Optional<Permit> slot(String tenant, String route) {
    boolean othersWait =
        store.nextDue(slots).filter(due -> !due.isAfter(clock.instant())).isPresent();
    if (othersWait || !leases.alive() || !slots.tryAcquire(new QueueKey(tenant, route))) {
      return Optional.empty();
    }
    // Only now: whoever drains says so before it asks whether all places are free.
    if (draining) {
      slots.release(new QueueKey(tenant, route));
      return Optional.empty();
    }
    return Optional.of(new Permit(leases.next(1), tenant, route));
  }

  /// Makes the loop look for due operations now, if there is a place for one: whoever frees a place wakes it too.
  public void wake() {
    if (slots.free() > 0) {
      wakes.raise();
    }
  }

  /// Calls an operation off. The cancel is durable on return; a running attempt is broken off, and what it may still bring
  /// is dropped.
  ///
  /// @return the state in which the cancel found the operation: ended (nothing was changed), queued or running; empty if it
  ///     is not known any more
  public Optional<State> cancel(OperationId id) {
    while (true) {
      var found = store.find(id);
      if (found.isEmpty()) {
        return Optional.empty();
      }
      var operation = found.get();
      var next = Lifecycle.canceled(operation, clock.instant());
      if (next.isEmpty()) {
        return Optional.of(operation.state());
      }
      if (store.replace(operation, operation.to(next.get()), Content.EMPTY)) {
        tally.settled(next.get());
        worker.abort(id);
        completions.ended(id);
        return Optional.of(operation.state());
      }
    }
  }

  /// Attempts under way.
  public int running() {
    return slots.taken();
  }

  /// Attempts that may be under way at present: `concurrency`, or fewer while the upstream takes fewer.
  public int concurrencyLimit() {
    return limit.current();
  }

  /// What was done since the start.
  public ExecutionCounters tally() {
    return tally;
  }

  /// Tells whether it is on its way down.
  public boolean draining() {
    return draining;
  }

  /// Takes no more operations, waits for those under way, and breaks off what is not done in time. What was not sent waits for
  /// others; what could not be settled they may take over at once.
  public void drain(Duration timeout) {
    draining = true;
    wakes.raise();
    stops.raise();
    try {
      if (!awaitAllFree(timeout)) {
        LOG.warn("{} operations are not done after {} and are broken off", running(), timeout);
        worker.stop();
        awaitAllFree(STOP_MAX);
      }
      // What the store started without this process learning of it is handed back now, not told as
      // unknown later.
      leases.look();
      if (busy()) {
        // Others would take it over while it may still act; its lease is renewed until it ends.
        LOG.error("{} operations do not end though they were broken off", running());
      } else {
        leases.leave();
      }
    } catch (InterruptedException interrupted) {
      worker.stop();
      Thread.currentThread().interrupt();
    }
  }

  private boolean awaitAllFree(Duration timeout) throws InterruptedException {
    var end = clock.instant().plus(timeout);
    for (var now = clock.instant(); busy(); now = clock.instant()) {
      if (!now.isBefore(end)) {
        return false;
      }
      allFree.await(Duration.between(now, end));
    }
    return true;
  }

  /// Tells whether operations are under way here, or may be in a moment.
  private boolean busy() {
    // In this order: a claim that is over has taken its places.
    return claiming || slots.taken() > 0;
  }

  /// Drains without waiting.
  @Override
  public void close() {
    drain(Duration.ZERO);
  }

  private void dispatch() {
    try {
      while (!draining) {
        int room = Math.min(slots.free(), CLAIM_MAX);
        if (room == 0 || startDue(room) == 0) {
          rest();
        }
      }
    } catch (InterruptedException interrupted) {
      LOG.debug("the dispatcher stops");
    }
  }

  /// @return how many operations were started
  private int startDue(int room) {
    claiming = true;
    try {
      // Only now: whoever drains says so before it asks whether a claim is on its way.
      return draining || !leases.alive() ? 0 : claim(room);
    } finally {
      claiming = false;
      if (draining) {
        allFree.raise();
      }
    }
  }

  private int claim(int room) {
    var lease = leases.next(room);
    List<Operation> claimed = List.of();
    try {
      claimed = store.claim(room, slots, lease, clock.instant());
      if (!claimed.isEmpty()) {
        pauseMillis = PAUSE_MILLIS_MIN;
      }
    } catch (StoreException fault) {
      pauseMillis = LOOK_INTERVAL.toMillis();
      LOG.warn("the store gives no work at present: {}", fault.getMessage());
    } catch (RuntimeException broken) {
      // Whatever it is, a later look may go well, and nobody else looks.
      pauseMillis = LOOK_INTERVAL.toMillis();
      LOG.error("the dispatcher broke while it took work; it goes on", broken);
    } finally {
      leases.close(lease, room - claimed.size());
    }
    claimed.forEach(operation ->
        occupy(operation, lease, () -> worker.work(operation, () -> leases.holds(lease))));
    return claimed.size();
  }

  private void rest() throws InterruptedException {
    var now = clock.instant();
    long untilDueMillis =
        slots.free() == 0
            ? LOOK_INTERVAL.toMillis()
            : store
                .nextDue(slots)
                .map(due -> Duration.between(now, due).toMillis())
                .orElse(LOOK_INTERVAL.toMillis());
    long restMillis = Math.min(Math.max(untilDueMillis, pauseMillis), LOOK_INTERVAL.toMillis());
    // What is said to be due and is not given stays due: asking at once would be asking without a
    // pause.
    pauseMillis =
        untilDueMillis > 0 ? PAUSE_MILLIS_MIN : Math.min(2 * pauseMillis, LOOK_INTERVAL.toMillis());
    wakes.await(Duration.ofMillis(restMillis));
  }

  private void keepLeases() {
    try {
      while (!draining || busy()) {
        stops.await(leases.interval());
        leases.look();
      }
    } catch (InterruptedException interrupted) {
      LOG.debug("the leases are not renewed any more");
    }
  }

  /// Runs work on a place that is held already, and frees it afterwards.
  private void occupy(Operation operation, Lease lease, Supplier<Verdict> work) {
    threads.start(
        "worker",
        () -> {
          var startedAt = clock.instant();
          try {
            learn(startedAt, work.get());
          } catch (RuntimeException broken) {
            LOG.error("a worker broke; its operation is taken up again", broken);
          } finally {
            leases.close(lease, 1);
            slots.release(QueueKey.of(operation));
            if (store.queued() > 0) {
              wake();
            }
          }
        });
  }

  private void learn(Instant startedAt, Verdict verdict) {
    boolean refused =
        verdict instanceof Verdict.Responded(Response reply, var _)
            && (reply.statusCode() == TOO_MANY_REQUESTS
                || reply.statusCode() == SERVICE_UNAVAILABLE);
    limit.ended(startedAt, clock.instant(), refused, slots.taken());
  }

  /// A worker's place, held for an operation that is being accepted. For one thread.
  public final class Permit implements AutoCloseable {
    private final Lease lease;
    private final String tenant;
    private final String route;
    private boolean used;

    private Permit(Lease lease, String tenant, String route) {
      this.lease = lease;
      this.tenant = tenant;
      this.route = route;
    }

    /// How the operation begins.
    public State.Running begin(Instant now) {
      return Lifecycle.startedAtOnce(lease, now);
    }

    /// Starts the worker; call it when the operation is durable in the state that [#begin] gave.
    public void run(Operation running, Content request) {
      used = true;
      BooleanSupplier leased = () -> leases.holds(lease);
      switch (request) {
        case Content.Inline(var bytes) ->
            occupy(running, lease, () -> worker.work(running, new InMemoryContent(bytes), leased));
        case Content.Spooled _ -> occupy(running, lease, () -> worker.work(running, leased));
      }
    }

    /// Frees the place unless it was used.
    @Override
    public void close() {
      if (!used) {
        used = true;
        leases.close(lease, 1);
        slots.release(new QueueKey(tenant, route));
      }
    }
  }
}
