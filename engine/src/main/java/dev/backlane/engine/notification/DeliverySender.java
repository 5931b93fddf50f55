package dev.backlane.engine.notification;

import dev.backlane.engine.delivery.Delivery;
import dev.backlane.engine.delivery.DeliveryVerdict;

/// Sends deliveries to their receivers. Thread-safe.
public interface DeliverySender {
  /// Makes one attempt and waits for its end, for a bounded time.
  DeliveryVerdict deliver(Delivery delivery);

  /// Called with the new version of a delivery once the result of an attempt is durable.
  void settled(Delivery delivery, DeliveryVerdict verdict);
}
