package dev.backlane.engine.store;

import dev.backlane.engine.operation.OperationId;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What is in a store.
///
/// @param keys uses of idempotency keys
/// @param records of the gateway's own
/// @param bytes on the disk, by what they are
/// @param nodes that share the store and are alive
public record StoreStats(
    Operations operations,
    Deliveries deliveries,
    long keys,
    long records,
    Map<String, Long> bytes,
    List<Node> nodes) {

  /// How many operations are in which state.
  ///
  /// @param queued wait for their first attempt
  /// @param retrying wait for another
  /// @param oldest the first that is there
  /// @param newest the last
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

  /// How many operations have ended in which way.
  public record Ended(long finished, long failed, long canceled) {}

  /// How many deliveries wait, or are under way, and how many have ended.
  public record Deliveries(long waiting, long ended) {}

  /// A gateway process.
  ///
  /// @param holder of its leases
  /// @param aliveUntil unless it renews them
  public record Node(String holder, Instant aliveUntil) {}
}
