package dev.backlane.engine.store.queue;

import dev.backlane.engine.delivery.Delivery;
import dev.backlane.engine.delivery.DeliveryState;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.operation.State;
import java.time.Instant;

/// An operation or a delivery that waits in a queue.
///
/// @param id of the operation or the delivery
/// @param key the group in which it waits
/// @param dueAt the earliest time at which it may be claimed
public record QueueEntry(OperationId id, QueueKey key, Instant dueAt) {
  /// The entry of a waiting delivery.
  public static QueueEntry of(Delivery delivery, DeliveryState.Due due) {
    return new QueueEntry(delivery.id(), QueueKey.of(delivery), due.dueAt());
  }

  /// The entry of a waiting operation.
  public static QueueEntry of(Operation operation, State.Queued queued) {
    return new QueueEntry(operation.id(), QueueKey.of(operation), queued.dueAt());
  }

  /// The same entry with an equal key that others share.
  public QueueEntry with(QueueKey shared) {
    return new QueueEntry(id, shared, dueAt);
  }
}
