package dev.backlane.engine.notification;

import dev.backlane.engine.background.Threads;
import dev.backlane.engine.background.WriteRetry;
import dev.backlane.engine.delivery.Delivery;
import dev.backlane.engine.delivery.DeliveryAttempt;
import dev.backlane.engine.delivery.DeliverySchedule;
import dev.backlane.engine.delivery.DeliveryState;
import dev.backlane.engine.delivery.DeliveryVerdict;
import dev.backlane.engine.store.DeliveryStore;
import dev.backlane.engine.store.failure.StoreException;
import java.time.InstantSource;
import java.util.random.RandomGenerator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Settles delivery attempts: a delivery is delivered, failed or due again. Steps of one attempt:
///
/// 1. Compute the next version of the delivery ([DeliverySchedule]).
/// 2. Replace the stored version by compare-and-set. While the store is unavailable, retry. If
///    another change was committed first, nothing is written.
/// 3. Once the commit is durable, report the result to the [DeliverySender].
///
/// Thread-safe.
final class DeliverySettlement {
  private static final Logger LOG = LoggerFactory.getLogger(DeliverySettlement.class);

  private final DeliveryStore store;
  private final DeliverySender sender;
  private final DeliverySchedule schedule;
  private final InstantSource clock;
  private final RandomGenerator random;
  private final WriteRetry retry;

  /// @param sender is notified of each settled attempt
  /// @param random spreads the waits between attempts; thread-safe
  DeliverySettlement(
      DeliveryStore store,
      DeliverySender sender,
      DeliverySchedule schedule,
      Threads threads,
      InstantSource clock,
      RandomGenerator random) {
    this.store = store;
    this.sender = sender;
    this.schedule = schedule;
    this.clock = clock;
    this.random = random;
    this.retry = new WriteRetry(threads);
  }

  /// Settles an attempt. While the store is unavailable, the write is retried every second until
  /// [#stop]. A delivery whose attempt cannot be settled is attempted again later; if the store
  /// refuses its outcome, it fails, since it would be attempted without end.
  void settle(Delivery delivery, DeliveryVerdict verdict, DeliveryAttempt attempt) {
    var next = schedule.after(delivery, verdict, attempt, clock.instant(), random.nextDouble());
    boolean stored;
    try {
      stored = untilStored(delivery, next, () -> settled(next, verdict));
    } catch (StoreException.Refused refused) {
      LOG.error(
          "The outcome of delivery {} cannot be stored; the delivery fails",
          delivery.id(),
          refused);
      var failed = new DeliveryState.Failed(clock.instant(), "its outcome cannot be stored");
      stored = untilStored(delivery, delivery.to(failed), () -> {});
    }
    if (!stored) {
      LOG.warn(
          "The outcome of delivery {} could not be stored; the attempt is repeated", delivery.id());
    }
  }

  private boolean untilStored(Delivery delivery, Delivery next, Runnable onStored) {
    return retry.untilStored(
        () -> "The outcome of delivery " + delivery.id(),
        () -> {
          if (store.replace(delivery, next)) {
            onStored.run();
          }
        });
  }

  private void settled(Delivery next, DeliveryVerdict verdict) {
    try {
      sender.settled(next, verdict);
    } catch (StoreException unavailable) {
      LOG.warn(
          "The state of receiver {} could not be updated: {}",
          next.receiver(),
          unavailable.getMessage());
    }
  }

  /// Stops retrying outcomes that could not be stored.
  void stop() {
    retry.stop();
  }
}
