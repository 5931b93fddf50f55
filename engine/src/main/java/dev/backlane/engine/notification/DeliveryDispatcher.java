package dev.backlane.engine.notification;

import dev.backlane.engine.background.Threads;
import dev.backlane.engine.delivery.Delivery;
import dev.backlane.engine.delivery.DeliveryAttempt;
import dev.backlane.engine.delivery.DeliverySchedule;
import dev.backlane.engine.delivery.DeliveryState;
import dev.backlane.engine.delivery.DeliveryVerdict;
import dev.backlane.engine.execution.Surroundings;
import dev.backlane.engine.store.DeliveryStore;
import dev.backlane.engine.store.StoreException;
import dev.backlane.engine.store.queue.QueueKey;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/// Makes the attempts of deliveries that are due, each on a thread of its own, receivers in turns. Thread-safe.
///
/// ```text
/// end of an operation ──one commit──▶ delivery ──claim──▶ attempt ──▶ settled: delivered, failed, or due again
/// ```
public final class DeliveryDispatcher implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(DeliveryDispatcher.class);

  /// How long the loop sleeps at most: the store's hints may be late, and receivers that were left alone come back.
  private static final Duration LOOK_INTERVAL = Duration.ofSeconds(1);

  private static final int CLAIM_MAX = 64;
  private static final Duration FORGET_INTERVAL = Duration.ofMinutes(1);
  private static final Duration SETTLE_AGAIN_AFTER = Duration.ofSeconds(1);

  private final DeliveryStore store;
  private final DeliverySender messenger;
  private final Terms terms;
  private final Surroundings surroundings;
  private final InstantSource clock;
  private final ReceiverPermits slots;
  private final Threads.Signal wakes;
  private final Threads.Signal places;
  private final LongAdder succeeded = new LongAdder();
  private final LongAdder failed = new LongAdder();
  private volatile boolean looking;
  private volatile boolean stopping;

  /// How deliveries are made.
  ///
  /// @param schedule what follows a failed attempt
  /// @param concurrency attempts at a time
  /// @param concurrencyPerTenant of these, to receivers of one company
  /// @param concurrencyPerReceiver of these, for one receiver
  /// @param attemptMax longer than any attempt takes; another node may make an attempt again after it
  /// @param retention how long an ended delivery is kept, counted from the receipt of its operation
  public record Terms(
      DeliverySchedule schedule,
      int concurrency,
      int concurrencyPerTenant,
      int concurrencyPerReceiver,
      Duration attemptMax,
      Duration retention) {}

  public DeliveryDispatcher(
      DeliveryStore store, DeliverySender messenger, Terms terms, Surroundings surroundings) {
    this.store = store;
    this.messenger = messenger;
    this.terms = terms;
    this.surroundings = surroundings;
    this.clock = surroundings.clock();
    this.slots =
        new ReceiverPermits(
            terms.concurrency(),
            terms.concurrencyPerTenant(),
            terms.concurrencyPerReceiver(),
            clock);
    this.wakes = surroundings.threads().signal();
    this.places = surroundings.threads().signal();
  }

  /// Begins to deliver. Call once.
  public void start() {
    looking = true;
    surroundings.threads().start("deliveries", this::dispatch);
  }

  /// Stores a new delivery that tells no operation's end, and has it made.
  public void add(Delivery delivery) {
    store.add(delivery);
    wake();
  }

  /// Has a delivery made anew, with the whole schedule, because somebody asked for it.
  ///
  /// @return false if it has changed meanwhile: nothing was written
  public boolean redeliver(Delivery delivery) {
    boolean made = store.replace(delivery, DeliverySchedule.redelivered(delivery, clock.instant()));
    wake();
    return made;
  }

  /// Makes the loop look for due deliveries now.
  public void wake() {
    wakes.raise();
  }

  /// Attempts under way.
  public int running() {
    return slots.taken();
  }

  /// Receivers that failed so often in a row that they are left alone for a while.
  public int openCircuits() {
    return slots.openCircuits();
  }

  /// Attempts that a receiver took, since the start.
  public long attemptsSucceeded() {
    return succeeded.sum();
  }

  /// Attempts that no receiver took, since the start.
  public long attemptsFailed() {
    return failed.sum();
  }

  /// Begins no more attempts and waits for those under way, at most `timeout`. What is broken off is made again later.
  public void drain(Duration timeout) {
    stopping = true;
    wakes.raise();
    var end = clock.instant().plus(timeout);
    try {
      // The loop may have claimed before it was told.
      for (var now = clock.instant(); looking || slots.taken() > 0; now = clock.instant()) {
        if (!now.isBefore(end)) {
          if (running() > 0) {
            LOG.warn(
                "{} deliveries are under way after {}; they are made again", running(), timeout);
          }
          return;
        }
        places.await(Duration.between(now, end));
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

  private void dispatch() {
    var forgotten = Instant.MIN;
    try {
      while (!stopping) {
        var now = clock.instant();
        if (forgotten.isBefore(now.minus(FORGET_INTERVAL))) {
          prune(now);
          forgotten = now;
        }
        if (deliverDue() == 0) {
          wakes.await(restUntilDue());
        }
      }
    } catch (InterruptedException interrupted) {
      LOG.debug("deliveries stop");
    } finally {
      looking = false;
      places.raise();
    }
  }

  private Duration restUntilDue() {
    if (slots.free() == 0) {
      return LOOK_INTERVAL;
    }
    var now = clock.instant();
    try {
      return store
          .nextDue(slots)
          .map(due -> Duration.between(now, due))
          .filter(wait -> wait.compareTo(LOOK_INTERVAL) < 0)
          .map(wait -> wait.isNegative() ? Duration.ZERO : wait)
          .orElse(LOOK_INTERVAL);
    } catch (StoreException unavailable) {
      return LOOK_INTERVAL;
    }
  }

  private int deliverDue() throws InterruptedException {
    int room = Math.min(slots.free(), CLAIM_MAX);
    if (room == 0) {
      return 0;
    }
    List<Delivery> claimed;
    try {
      claimed = store.claim(room, slots, terms.attemptMax(), clock.instant());
    } catch (StoreException unavailable) {
      LOG.warn("due deliveries cannot be read at present: {}", unavailable.getMessage());
      // What is due stays due: asking at once would be asking without a pause.
      wakes.await(LOOK_INTERVAL);
      return 0;
    } catch (RuntimeException broken) {
      // Whatever it is, a later look may go well, and nobody else looks.
      LOG.error("the deliveries broke while due ones were taken; they go on", broken);
      wakes.await(LOOK_INTERVAL);
      return 0;
    }
    for (var delivery : claimed) {
      surroundings.threads().start("delivery-" + delivery.id(), () -> attempt(delivery));
    }
    return claimed.size();
  }

  private void attempt(Delivery delivery) {
    try {
      var startedAt = clock.instant();
      var verdict = verdict(delivery);
      if (stopping && verdict instanceof DeliveryVerdict.NoResponse) {
        // Broken off by ourselves, which says nothing of the receiver; it is made again.
        return;
      }
      var now = clock.instant();
      boolean success = verdict instanceof DeliveryVerdict.Responded answer && answer.success();
      if (success) {
        succeeded.increment();
        slots.succeeded(delivery.receiver());
      } else {
        failed.increment();
        slots.failed(delivery.receiver(), startedAt);
      }
      settle(delivery, verdict, attempt(verdict, startedAt, now));
    } finally {
      slots.release(QueueKey.of(delivery));
      places.raise();
      wakes.raise();
    }
  }

  // A fault of our own must not end a delivery.
  private DeliveryVerdict verdict(Delivery delivery) {
    try {
      return messenger.deliver(delivery);
    } catch (RuntimeException broken) {
      LOG.error("delivery {} broke in the gateway", delivery.id(), broken);
      return new DeliveryVerdict.NoResponse("the gateway itself failed");
    }
  }

  private static DeliveryAttempt attempt(DeliveryVerdict verdict, Instant startedAt, Instant now) {
    var took = Duration.between(startedAt, now);
    return switch (verdict) {
      case DeliveryVerdict.Responded(int status, var _, var excerpt) ->
          new DeliveryAttempt(startedAt, took, status, excerpt);
      case DeliveryVerdict.NoResponse(var cause) -> new DeliveryAttempt(startedAt, took, 0, cause);
      case DeliveryVerdict.NoReceiver(var cause) -> new DeliveryAttempt(startedAt, took, 0, cause);
    };
  }

  private void settle(Delivery delivery, DeliveryVerdict verdict, DeliveryAttempt attempt) {
    var next =
        terms
            .schedule()
            .after(delivery, verdict, attempt, clock.instant(), surroundings.random().nextDouble());
    while (true) {
      try {
        if (store.replace(delivery, next)) {
          tell(next, verdict, attempt);
        }
        return;
      } catch (StoreException refused) {
        if (stopping || !pause()) {
          LOG.warn("delivery {} could not be settled; it is made again", delivery.id());
          return;
        }
      }
    }
  }

  private void tell(Delivery next, DeliveryVerdict verdict, DeliveryAttempt attempt) {
    boolean delivered = next.state() instanceof DeliveryState.Delivered;
    LOG.atLevel(delivered ? Level.DEBUG : Level.INFO)
        .log(
            "delivery {} to {} answered {} after {} ms: {}",
            next.id(),
            next.receiver(),
            attempt.statusCode() == 0 ? "nothing" : attempt.statusCode(),
            attempt.took().toMillis(),
            next.state());
    try {
      messenger.settled(next, verdict);
    } catch (StoreException unavailable) {
      LOG.warn("a receiver's standing was not noted: {}", unavailable.getMessage());
    }
  }

  private boolean pause() {
    try {
      surroundings.threads().signal().await(SETTLE_AGAIN_AFTER);
      return true;
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private void prune(Instant now) {
    slots.pruneOldFailures();
    try {
      store.prune(now.minus(terms.retention()));
    } catch (StoreException refused) {
      LOG.warn("old deliveries were not forgotten, it is tried again: {}", refused.getMessage());
    }
  }
}
