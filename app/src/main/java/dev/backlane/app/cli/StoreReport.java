package dev.backlane.app.cli;

import dev.backlane.app.config.sections.StorePlace;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.store.StoreStats;
import dev.backlane.protocol.Json;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The statistics of a store, as text and as JSON. Immutable.
record StoreReport(StorePlace place, StoreStats stats) {
  /// One line per value: its name and the value.
  String text() {
    var operations = stats.operations();
    var lines = new ArrayList<String>();
    add(lines, "store", place.toString());
    add(lines, "operations", Quantities.count(operations.all()));
    phases().forEach((phase, count) -> add(lines, "  " + phase, Quantities.count(count)));
    operations.oldest().ifPresent(id -> add(lines, "  oldest", id + ", of " + id.receivedAt()));
    operations.newest().ifPresent(id -> add(lines, "  newest", id + ", of " + id.receivedAt()));
    add(lines, "deliveries waiting", Quantities.count(stats.deliveries().waiting()));
    add(lines, "deliveries ended", Quantities.count(stats.deliveries().ended()));
    add(lines, "idempotency keys", Quantities.count(stats.keys()));
    add(lines, "records", Quantities.count(stats.records()));
    add(lines, "on the disk", Quantities.bytes(allBytes()));
    stats.bytes().forEach((kind, bytes) -> add(lines, "  " + kind, Quantities.bytes(bytes)));
    if (place instanceof StorePlace.Postgres) {
      add(lines, "nodes alive", Quantities.count(stats.nodes().size()));
      stats
          .nodes()
          .forEach(node ->
              add(lines, "  " + node.holder(), "until " + node.aliveUntil() + " unless renewed"));
    }
    return String.join("", lines);
  }

  private static void add(List<String> lines, String name, String value) {
    lines.add("%-20s %s%n".formatted(name, value));
  }

  private Map<String, Long> phases() {
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

  private long allBytes() {
    return stats.bytes().values().stream().mapToLong(Long::longValue).sum();
  }

  /// One JSON document in one line.
  String json() {
    var operations = new LinkedHashMap<String, Object>();
    operations.put("total", stats.operations().all());
    operations.putAll(phases());
    put(operations, "oldest", stats.operations().oldest());
    put(operations, "newest", stats.operations().newest());
    var document = new LinkedHashMap<String, Object>();
    document.put("store", place.toString());
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
    return new String(Json.bytes(document), StandardCharsets.UTF_8);
  }

  private static void put(Map<String, Object> to, String name, Optional<OperationId> id) {
    if (id.isPresent()) {
      to.put(
          name, Map.of("id", id.get().toString(), "receivedUtc", id.get().receivedAt().toString()));
    }
  }
}
