package dev.backlane.engine.notification;

import dev.backlane.engine.delivery.Delivery;
import dev.backlane.engine.delivery.DeliveryVerdict;

/// Sends deliveries to their receivers. Thread-safe.
public interface DeliverySender {
  /// Makes one attempt and waits for its end, for a bounded time.
  DeliveryVerdict deliver(Delivery delivery);

  /// Called with the new version of a delivery once the result of an attempt is durable.
  void settled(Delivery delivery, DeliveryVerdict verdict);

  /// Called when the circuit breaker of a receiver has opened.
  ///
  /// @param receiver its identifier ([Delivery#receiver])
  default void circuitOpened(String receiver, int failuresInARow) {}

  /// Called when the circuit breaker of a receiver has closed, after an attempt that succeeded.
  default void circuitClosed(String receiver) {}
}
