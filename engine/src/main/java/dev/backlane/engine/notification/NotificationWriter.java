package dev.backlane.engine.notification;

import dev.backlane.engine.delivery.Delivery;
import dev.backlane.engine.operation.Operation;
import java.util.Optional;

/// Writes the notification of an operation's end. Pure and thread-safe.
@FunctionalInterface
public interface NotificationWriter {
  /// The delivery that reports the end of an operation; empty if it has no receiver.
  Optional<Delivery> of(Operation ended);
}
