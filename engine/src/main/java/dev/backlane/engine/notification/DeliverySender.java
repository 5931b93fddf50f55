package dev.backlane.engine.notification;

import dev.backlane.engine.delivery.Delivery;
import dev.backlane.engine.delivery.DeliveryVerdict;

/// Brings a delivery to its receiver. Thread-safe.
public interface DeliverySender {
  /// Makes one attempt; blocks until it is over, which takes a bounded time.
  DeliveryVerdict deliver(Delivery delivery);

  /// Told what an attempt made of a delivery, once that is durable.
  void settled(Delivery delivery, DeliveryVerdict verdict);
}
