package dev.backlane.engine.store.queue;

import dev.backlane.engine.delivery.Delivery;
import dev.backlane.engine.operation.Operation;

/// The group of queue entries that share concurrency limits.
///
/// Owners are served in rotation, one entry each, so that an owner with a long backlog does not delay the others. Lanes
/// divide the entries of one owner: a lane without a free permit does not block the owner's other lanes.
///
/// | queue | owner | lane |
/// | --- | --- | --- |
/// | operations | tenant | route, empty if no declared route matched |
/// | deliveries | receiver | tenant |
///
/// @param owner compared by its UTF-16 code units
public record QueueKey(String owner, String lane) implements Comparable<QueueKey> {
  /// The key that precedes all others.
  public static final QueueKey FIRST = new QueueKey("", "");

  /// The key of an operation: its tenant and route.
  public static QueueKey of(Operation operation) {
    return new QueueKey(operation.caller().tenant(), operation.route());
  }

  /// The key of a delivery: its receiver and tenant.
  public static QueueKey of(Delivery delivery) {
    return new QueueKey(delivery.receiver(), delivery.tenant());
  }

  @Override
  public int compareTo(QueueKey other) {
    int byOwner = owner.compareTo(other.owner);
    return byOwner != 0 ? byOwner : lane.compareTo(other.lane);
  }
}
