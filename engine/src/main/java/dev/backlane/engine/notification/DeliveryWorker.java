package dev.backlane.engine.notification;

import dev.backlane.engine.background.ProcessEndedError;
import dev.backlane.engine.background.Threads;
import dev.backlane.engine.delivery.Delivery;
import dev.backlane.engine.delivery.DeliveryAttempt;
import dev.backlane.engine.delivery.DeliveryVerdict;
import dev.backlane.engine.store.queue.QueueKey;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Runs delivery attempts, each on its own thread. Steps of one attempt:
///
/// 1. Send the delivery and wait for the receiver's response ([DeliverySender]).
/// 2. Report success or failure to the receiver's circuit breaker ([ReceiverPermits]), and release
///    the permit of the receiver, which can then get its next delivery.
/// 3. Settle the outcome ([DeliverySettlement]).
/// 4. Release the rest of the permit.
///
/// Thread-safe.
final class DeliveryWorker {
  private static final Logger LOG = LoggerFactory.getLogger(DeliveryWorker.class);

  private final DeliverySender sender;
  private final ReceiverPermits permits;
  private final DeliverySettlement settlement;
  private final Runnable onRelease;
  private final Threads threads;
  private final InstantSource clock;
  private final LongAdder succeeded = new LongAdder();
  private final LongAdder failed = new LongAdder();
  private volatile boolean stopping;

  /// @param onRelease called after an attempt has released its permit or a part of it
  DeliveryWorker(
      DeliverySender sender,
      ReceiverPermits permits,
      DeliverySettlement settlement,
      Runnable onRelease,
      Threads threads,
      InstantSource clock) {
    this.sender = sender;
    this.permits = permits;
    this.settlement = settlement;
    this.onRelease = onRelease;
    this.threads = threads;
    this.clock = clock;
  }

  /// Starts an attempt, which releases the delivery's permit at its end.
  void start(Delivery delivery) {
    var key = QueueKey.of(delivery);
    start(delivery, new Held(() -> permits.responded(key), () -> permits.settled(key)));
  }

  /// Starts an attempt that has an urgent permit, which it releases at its end.
  void startUrgent(Delivery delivery) {
    start(delivery, new Held(() -> {}, () -> permits.releaseUrgent(delivery.receiver())));
  }

  /// Whether [#stop] was called.
  boolean stopping() {
    return stopping;
  }

  /// The permit of an attempt.
  ///
  /// @param responded releases the part of it that the receiver limits
  /// @param settled releases the rest
  private record Held(Runnable responded, Runnable settled) {}

  private void start(Delivery delivery, Held permit) {
    threads.start("delivery-" + delivery.id(), () -> run(delivery, permit));
  }

  private void run(Delivery delivery, Held permit) {
    try {
      var startedAt = clock.instant();
      DeliveryVerdict verdict;
      try {
        verdict = send(delivery);
        if (stopping && verdict instanceof DeliveryVerdict.NoResponse) {
          // This process may have aborted the attempt, so that it is no failure of the receiver. It
          // is repeated later.
          return;
        }
        reportResult(delivery, verdict, startedAt);
      } finally {
        permit.responded().run();
        onRelease.run();
      }
      settlement.settle(delivery, verdict, attempt(verdict, startedAt, clock.instant()));
    } catch (RuntimeException | Error failure) {
      ProcessEndedError.passOn(failure);
      LOG.error("Delivery {} failed in the gateway; it is attempted again", delivery.id(), failure);
    } finally {
      permit.settled().run();
      onRelease.run();
    }
  }

  // A failure of the gateway must not end a delivery; without a verdict it would stay in flight.
  private DeliveryVerdict send(Delivery delivery) {
    try {
      return sender.deliver(delivery);
    } catch (RuntimeException | Error failure) {
      ProcessEndedError.passOn(failure);
      LOG.error("Sending delivery {} failed in the gateway", delivery.id(), failure);
      return new DeliveryVerdict.NoResponse("the gateway itself failed");
    }
  }

  private void reportResult(Delivery delivery, DeliveryVerdict verdict, Instant startedAt) {
    if (verdict instanceof DeliveryVerdict.Responded response && response.success()) {
      succeeded.increment();
      if (permits.succeeded(delivery.receiver())) {
        sender.circuitClosed(delivery.receiver());
      }
    } else {
      failed.increment();
      if (permits.failed(delivery.receiver(), startedAt)) {
        sender.circuitOpened(delivery.receiver(), ReceiverPermits.FAILURES_MAX);
      }
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

  /// Attempts with a successful response since the start.
  long attemptsSucceeded() {
    return succeeded.sum();
  }

  /// Attempts without a successful response since the start.
  long attemptsFailed() {
    return failed.sum();
  }

  /// Stops retrying outcomes that could not be stored. From now on an attempt without a response is
  /// not settled, so that it is repeated after the next start.
  void stop() {
    stopping = true;
    settlement.stop();
  }
}
