package dev.backlane.engine.notification;

import dev.backlane.engine.background.Backoff;
import dev.backlane.engine.background.Loop;
import dev.backlane.engine.background.Loop.Next;
import dev.backlane.engine.background.Threads;
import dev.backlane.engine.delivery.Delivery;
import dev.backlane.engine.delivery.DeliverySchedule;
import dev.backlane.engine.delivery.DeliveryState;
import dev.backlane.engine.store.DeliveryStore;
import dev.backlane.engine.time.RetentionTimer;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Starts the attempts of due deliveries; the receivers are served in rotation.
///
/// ```text
/// end of an operation ─▶ store ──claim loop──▶ DeliveryWorker ─▶ DeliverySettlement ─▶ release
///                                  ▲                                                      │
///                                  └─────────────────────── wake ◀───────────────────────┘
/// ```
///
/// 1. **Claim:** the claim loop claims due deliveries, never more than there are free permits, and
///    waits until the next is due or a permit is released.
/// 2. **Start:** each delivery gets a [DeliveryWorker], which releases its permit at the end.
/// 3. **Prune:** a second loop removes ended deliveries past their retention.
/// 4. **Drain:** [#drain] stops claiming and waits for the attempts in flight.
///
/// Thread-safe.
public final class DeliveryDispatcher implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(DeliveryDispatcher.class);

  /// The longest wait between two claims, since a shared store reports deliveries of other nodes
  /// with a delay, and open circuit breakers permit probes later. Also the wait after a failed
  /// claim.
  private static final Duration CLAIM_INTERVAL_MAX = Duration.ofSeconds(1);

  /// The most deliveries claimed in one commit.
  private static final int CLAIM_MAX = 64;

  /// The wait after the first failed prune, or the interval of pruning if that is shorter.
  private static final Duration PRUNE_RETRY_MAX = Duration.ofSeconds(5);

  private final DeliveryStore store;
  private final DeliverySettings settings;
  private final InstantSource clock;
  private final ReceiverPermits permits;
  private final DeliveryWorker worker;
  private final Threads.Signal released;
  private final RetentionTimer timer;
  private final Loop claimLoop;
  private final Loop pruneLoop;

  /// @param random spreads the waits between attempts; thread-safe
  public DeliveryDispatcher(
      DeliveryStore store,
      DeliverySender sender,
      DeliverySettings settings,
      Threads threads,
      InstantSource clock,
      RandomGenerator random) {
    this.store = store;
    this.settings = settings;
    this.clock = clock;
    this.permits =
        new ReceiverPermits(
            settings.concurrency(),
            settings.concurrencyPerTenant(),
            settings.concurrencyPerReceiver(),
            clock);
    var settlement =
        new DeliverySettlement(store, sender, settings.schedule(), threads, clock, random);
    this.worker =
        new DeliveryWorker(sender, permits, settlement, this::permitReleased, threads, clock);
    this.released = threads.signal();
    this.claimLoop =
        new Loop("Delivery claim", this::claimDue, Backoff.constant(CLAIM_INTERVAL_MAX), threads);
    this.timer = new RetentionTimer(settings::retention, clock, threads);
    this.pruneLoop = new Loop("Delivery pruning", this::prune, pruneBackoff(), threads);
  }

  private Backoff pruneBackoff() {
    var interval = timer.interval();
    return new Backoff(
        interval.compareTo(PRUNE_RETRY_MAX) < 0 ? interval : PRUNE_RETRY_MAX, interval);
  }

  /// Starts the loops. Called once.
  public void start() {
    claimLoop.start();
    pruneLoop.start();
  }

  /// One step of the claim loop: claims due deliveries and starts them.
  private Next claimDue() {
    int free = Math.min(permits.free(), CLAIM_MAX);
    var claimed =
        free == 0
            ? List.<Delivery>of()
            : store.claim(free, permits, settings.attemptMax(), clock.instant());
    claimed.forEach(worker::start);
    return claimed.isEmpty() ? Next.after(untilDue()) : Next.again();
  }

  private Duration untilDue() {
    return permits.free() == 0
        ? CLAIM_INTERVAL_MAX
        : Loop.untilDue(store.nextDue(permits), clock.instant(), CLAIM_INTERVAL_MAX);
  }

  /// One step of the prune loop.
  private Next prune() {
    permits.pruneOldFailures();
    store.prune(timer.next());
    return Next.after(timer.interval());
  }

  private void permitReleased() {
    released.raise();
    claimLoop.wake();
  }

  /// Stores a new delivery that does not notify of an operation's end, and attempts it at once: an
  /// open circuit breaker and other deliveries of its receiver do not delay it.
  public void add(Delivery delivery) {
    urgently(
        delivery.receiver(),
        dueAt -> {
          var due = delivery.dueFirst(dueAt);
          store.add(due);
          return Optional.of(due);
        });
  }

  /// Restarts a delivery with its full schedule, and attempts it at once, as [#add] does.
  ///
  /// @return false if the delivery has changed since it was read: nothing was written
  public boolean redeliver(Delivery delivery) {
    return urgently(
        delivery.receiver(),
        dueAt -> {
          var due = DeliverySchedule.redelivered(delivery, dueAt);
          return store.replace(delivery, due) ? Optional.of(due) : Optional.empty();
        });
  }

  /// Stores a delivery and starts its attempt. If too many such attempts are in flight, as after a
  /// request to repeat many deliveries, it waits in the queue of its receiver.
  ///
  /// @param storing stores the delivery, due at a time; empty: it was not stored
  /// @return whether it was stored
  private boolean urgently(String receiver, Function<Instant, Optional<Delivery>> storing) {
    var now = clock.instant();
    if (worker.stopping() || !permits.tryAcquireUrgent(receiver)) {
      boolean stored = storing.apply(now).isPresent();
      wake();
      return stored;
    }
    boolean started = false;
    try {
      // Due later, so that no process claims it during the attempt; if this process dies, the
      // attempt is repeated then.
      var stored = storing.apply(now.plus(settings.attemptMax()));
      stored.ifPresent(worker::startUrgent);
      started = stored.isPresent();
      return started;
    } finally {
      if (!started) {
        permits.releaseUrgent(receiver);
      }
    }
  }

  /// When the next attempt of a delivery is made, as far as this process knows: when it is due, or
  /// later if the circuit breaker of its receiver is open until then.
  ///
  /// @return empty if the delivery has ended
  public Optional<Instant> nextAttempt(Delivery delivery) {
    return delivery.state() instanceof DeliveryState.Due(int _, var dueAt)
        ? Optional.of(permits.permitted(delivery.receiver(), dueAt))
        : Optional.empty();
  }

  /// Makes the claim loop check for due deliveries now.
  public void wake() {
    claimLoop.wake();
  }

  /// Attempts in flight.
  public int running() {
    return permits.taken();
  }

  /// Receivers whose circuit breaker is open: they failed repeatedly, and no attempts are made for
  /// a time.
  public int openCircuits() {
    return permits.openCircuits();
  }

  /// Attempts with a successful response since the start.
  public long attemptsSucceeded() {
    return worker.attemptsSucceeded();
  }

  /// Attempts without a successful response since the start.
  public long attemptsFailed() {
    return worker.attemptsFailed();
  }

  /// Stops starting attempts and waits for those in flight, at most for `timeout`. An attempt that
  /// does not end in time is repeated later.
  public void drain(Duration timeout) {
    var end = clock.instant().plus(timeout);
    worker.stop();
    pruneLoop.stop();
    claimLoop.stop();
    try {
      // A claim in flight may still start attempts.
      claimLoop.awaitEnd(timeout);
      for (var now = clock.instant(); permits.taken() > 0; now = clock.instant()) {
        if (!now.isBefore(end)) {
          LOG.warn(
              "{} delivery attempts have not ended within {}; they are repeated later",
              running(),
              timeout);
          return;
        }
        released.await(Duration.between(now, end));
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /// Drains without waiting.
  @Override
  public void close() {
    drain(Duration.ZERO);
  }
}
