package dev.backlane.engine.execution;

import dev.backlane.engine.operation.Lease;
import dev.backlane.engine.operation.Lifecycle;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.operation.State;
import dev.backlane.engine.store.Content;
import dev.backlane.engine.store.HeldContent;
import dev.backlane.engine.store.OperationStore;
import dev.backlane.engine.store.StoreException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Gives due operations to workers, never more than `concurrency` at a time, and claims no more than it has room for.
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

  /// Operations claimed in one commit at most.
  private static final int CLAIM_MAX = 64;

  private final OperationStore store;
  private final Worker worker;
  private final Completions completions;
  private final InstantSource clock;
  private final String holder;
  private final int concurrency;
  private final Semaphore slots;
  private final Semaphore wakes = new Semaphore(0);
  private final AtomicLong tokens = new AtomicLong();
  private final Thread loop;
  private volatile boolean draining;

  /// @param crew who works, and how many at a time
  public Dispatcher(
      OperationStore store,
      Upstream upstream,
      Routes routes,
      Completions completions,
      Crew crew,
      InstantSource clock) {
    this.store = store;
    this.worker = new Worker(store, upstream, routes, completions, clock, crew.random());
    this.completions = completions;
    this.clock = clock;
    this.holder = crew.holder();
    this.concurrency = crew.concurrency();
    this.slots = new Semaphore(concurrency);
    this.loop = Thread.ofVirtual().name("dispatcher").unstarted(this::loop);
  }

  /// Who works.
  ///
  /// @param holder names this process in leases
  /// @param concurrency attempts at a time, at least 1
  /// @param random spreads back-offs; thread-safe
  public record Crew(String holder, int concurrency, RandomGenerator random) {}

  /// Settles what the last process left running, then begins to work. Call once.
  ///
  /// @throws StoreException if the store cannot tell or take what was left
  public void start() {
    var abandoned = store.abandoned(clock.instant());
    abandoned.forEach(worker::bury);
    if (!abandoned.isEmpty()) {
      LOG.info(
          "{} operations were under way when the last process ended; each is repeated or told as unknown",
          abandoned.size());
    }
    loop.start();
  }

  /// A free place for an operation that is about to be accepted; empty when there is none, when others wait for their turn, or
  /// while draining. Whoever takes it closes it.
  public Optional<Slot> slot() {
    boolean othersWait = store.nextDue().filter(due -> !due.isAfter(clock.instant())).isPresent();
    if (draining || othersWait || !slots.tryAcquire()) {
      return Optional.empty();
    }
    return Optional.of(new Slot(nextLease()));
  }

  /// Makes the loop look for due operations now.
  public void wake() {
    if (wakes.availablePermits() == 0) {
      wakes.release();
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
        worker.abort(id);
        completions.ended(id);
        return Optional.of(operation.state());
      }
    }
  }

  /// Attempts under way.
  public int running() {
    return concurrency - slots.availablePermits();
  }

  /// Tells whether it is on its way down.
  public boolean draining() {
    return draining;
  }

  /// Takes no more operations, waits for those under way, and breaks off what is not done in time.
  public void drain(Duration timeout) {
    draining = true;
    loop.interrupt();
    try {
      if (!slots.tryAcquire(concurrency, timeout.toNanos(), TimeUnit.NANOSECONDS)) {
        LOG.warn("{} operations are not done after {} and are broken off", running(), timeout);
        worker.abortAll();
        slots.acquire(concurrency);
      }
      slots.release(concurrency);
    } catch (InterruptedException interrupted) {
      worker.abortAll();
      Thread.currentThread().interrupt();
    }
  }

  /// Drains without waiting.
  @Override
  public void close() {
    drain(Duration.ZERO);
  }

  private void loop() {
    try {
      while (!draining) {
        slots.acquire();
        int room = 1;
        while (room < CLAIM_MAX && slots.tryAcquire()) {
          room++;
        }
        int taken = 0;
        try {
          taken = startDue(room);
        } finally {
          slots.release(room - taken);
        }
        if (taken == 0) {
          rest();
        }
      }
    } catch (InterruptedException interrupted) {
      LOG.debug("the dispatcher stops");
    }
  }

  private int startDue(int room) {
    List<Operation> claimed;
    try {
      claimed = draining ? List.of() : store.claim(room, nextLease(), clock.instant());
    } catch (StoreException refused) {
      LOG.warn("the store gives no work at present: {}", refused.getMessage());
      return 0;
    }
    claimed.forEach(operation -> occupy(() -> worker.work(operation)));
    return claimed.size();
  }

  private void rest() throws InterruptedException {
    var now = clock.instant();
    var untilDue = store.nextDue().map(due -> Duration.between(now, due)).orElse(LOOK_INTERVAL);
    long millis = Math.clamp(untilDue.toMillis(), 1, LOOK_INTERVAL.toMillis());
    if (wakes.tryAcquire(millis, TimeUnit.MILLISECONDS)) {
      wakes.drainPermits();
    }
  }

  /// Runs work on a slot that is held already, and frees it afterwards.
  private void occupy(Runnable work) {
    Thread.ofVirtual()
        .name("worker")
        .start(() -> {
          try {
            work.run();
          } catch (RuntimeException broken) {
            LOG.error(
                "a worker broke; its operation is settled when the gateway starts again", broken);
          } finally {
            slots.release();
            if (store.queued() > 0) {
              wake();
            }
          }
        });
  }

  private Lease nextLease() {
    return new Lease(holder, tokens.incrementAndGet());
  }

  /// A worker's place, held for an operation that is being accepted. For one thread.
  public final class Slot implements AutoCloseable {
    private final Lease lease;
    private boolean used;

    private Slot(Lease lease) {
      this.lease = lease;
    }

    /// How the operation begins.
    public State.Running begin(Instant now) {
      return Lifecycle.startedAtOnce(lease, now);
    }

    /// Starts the worker; call it when the operation is durable in the state that [#begin] gave.
    public void run(Operation running, Content request) {
      used = true;
      switch (request) {
        case Content.Inline(var bytes) ->
            occupy(() -> worker.work(running, new HeldContent(bytes)));
        case Content.Spooled _ -> occupy(() -> worker.work(running));
      }
    }

    /// Frees the place unless it was used.
    @Override
    public void close() {
      if (!used) {
        used = true;
        slots.release();
      }
    }
  }
}
