package dev.backlane.engine.store;

import dev.backlane.engine.delivery.Delivery;
import dev.backlane.engine.delivery.DeliveryState;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.operation.State;
import java.time.Instant;

/// An operation's place in the queue.
///
/// @param tenant whose turn it takes
/// @param route under which it was accepted; empty: none of the declared ones
/// @param dueAt before this it is not handed out
public record QueueEntry(OperationId id, String tenant, String route, Instant dueAt) {
  /// The place of a delivery that waits: its receiver stands where an operation has its tenant, and its tenant where that has
  /// its route.
  public static QueueEntry of(Delivery delivery, DeliveryState.Due due) {
    return new QueueEntry(delivery.id(), delivery.receiver(), delivery.tenant(), due.dueAt());
  }

  /// The place of an operation that waits.
  public static QueueEntry of(Operation operation, State.Queued queued) {
    return new QueueEntry(
        operation.id(), operation.caller().tenant(), operation.route(), queued.dueAt());
  }
}
