package dev.backlane.gateway.maintenance;

import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.store.StoreStats;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/// The statistics of a store as a document. Stateless.
public final class StatsDocument {
  private StatsDocument() {}

  /// @param place of the store, as shown to operators
  public static Map<String, Object> of(String place, StoreStats stats) {
    var operations = new LinkedHashMap<String, Object>();
    operations.put("total", stats.operations().all());
    operations.putAll(phases(stats));
    put(operations, "oldest", stats.operations().oldest());
    put(operations, "newest", stats.operations().newest());
    var document = new LinkedHashMap<String, Object>();
    document.put("store", place);
    document.put("operations", operations);
    document.put(
        "deliveries",
        Map.of("waiting", stats.deliveries().waiting(), "ended", stats.deliveries().ended()));
    document.put("idempotencyKeys", stats.keys());
    document.put("records", stats.records());
    document.put("bytes", stats.bytes());
    document.put(
        "nodes",
        stats.nodes().stream()
            .map(
                node -> Map.of("holder", node.holder(), "aliveUntil", node.aliveUntil().toString()))
            .toList());
    return document;
  }

  /// The number of operations in each phase.
  public static Map<String, Long> phases(StoreStats stats) {
    var operations = stats.operations();
    var phases = new LinkedHashMap<String, Long>();
    phases.put("queued", operations.queued());
    phases.put("retrying", operations.retrying());
    phases.put("running", operations.running());
    phases.put("finished", operations.ended().finished());
    phases.put("failed", operations.ended().failed());
    phases.put("canceled", operations.ended().canceled());
    return phases;
  }

  private static void put(Map<String, Object> to, String name, Optional<OperationId> id) {
    if (id.isPresent()) {
      to.put(
          name, Map.of("id", id.get().toString(), "receivedUtc", id.get().receivedAt().toString()));
    }
  }
}
