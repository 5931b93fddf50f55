package dev.backlane.engine.notification;

import dev.backlane.engine.delivery.Delivery;
import dev.backlane.engine.operation.Operation;
import java.util.Optional;

/// Writes what is told of an operation's end. Pure and thread-safe.
@FunctionalInterface
public interface NotificationWriter {
  /// The delivery that is due now that the operation has ended; empty where nobody wants to be told.
  Optional<Delivery> of(Operation ended);
}
