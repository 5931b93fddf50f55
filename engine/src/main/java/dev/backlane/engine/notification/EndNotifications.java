package dev.backlane.engine.notification;

import dev.backlane.engine.delivery.Delivery;
import dev.backlane.engine.operation.Operation;
import java.util.Optional;

/// The deliveries that notify receivers of ended operations. Each is stored in the same commit as
/// the end, so that no notification is sent before the end is durable, and none is lost.
/// Thread-safe.
public final class EndNotifications {
  /// Notifies no receiver.
  public static final EndNotifications NONE = new EndNotifications(_ -> Optional.empty(), () -> {});

  private final NotificationWriter writer;
  private final Runnable onStored;

  /// @param writer writes the delivery of an ended operation
  /// @param onStored called when a delivery has been stored and is due
  public EndNotifications(NotificationWriter writer, Runnable onStored) {
    this.writer = writer;
    this.onStored = onStored;
  }

  /// The delivery to store together with a version of an operation; empty if it has not ended or
  /// has no receiver.
  public Optional<Delivery> deliveryOf(Operation operation) {
    return operation.ended() ? writer.of(operation) : Optional.empty();
  }

  /// Reports that a delivery was stored.
  public void stored() {
    onStored.run();
  }
}
