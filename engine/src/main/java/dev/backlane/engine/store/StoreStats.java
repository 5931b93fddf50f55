package dev.backlane.engine.store;

import dev.backlane.engine.operation.OperationId;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The amounts of data in a store.
///
/// @param keys uses of idempotency keys
/// @param records records of the gateway
/// @param bytes bytes on the disk, by category
/// @param nodes nodes that share the store and whose leases have not expired
public record StoreStats(
    Operations operations,
    Deliveries deliveries,
    long keys,
    long records,
    Map<String, Long> bytes,
    List<Node> nodes) {

  /// The number of operations in each state.
  ///
  /// @param queued waiting for their first attempt
  /// @param retrying waiting for another attempt
  /// @param oldest the lowest id
  /// @param newest the highest id
  public record Operations(
      long queued,
      long retrying,
      long running,
      Ended ended,
      Optional<OperationId> oldest,
      Optional<OperationId> newest) {
    public long all() {
      return queued + retrying + running + ended.finished + ended.failed + ended.canceled;
    }
  }

  /// The number of ended operations by their final state.
  public record Ended(long finished, long failed, long canceled) {}

  /// How many deliveries are waiting or in flight, and how many have ended.
  public record Deliveries(long waiting, long ended) {}

  /// A gateway process.
  ///
  /// @param holder of its leases
  /// @param aliveUntil when they expire unless it renews them
  public record Node(String holder, Instant aliveUntil) {}
}
