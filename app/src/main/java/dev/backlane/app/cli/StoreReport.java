package dev.backlane.app.cli;

import dev.backlane.app.config.sections.StorePlace;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.store.StoreStats;
import dev.backlane.gateway.maintenance.StatsDocument;
import dev.backlane.protocol.Json;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The statistics of a store, as text and as JSON. Immutable.
record StoreReport(StorePlace place, StoreStats stats) {
  /// Reads the document of a gateway that serves an embedded store, as [#json] writes it.
  static StoreReport of(StorePlace place, Map<?, ?> document) {
    var operations = members(document, "operations");
    var deliveries = members(document, "deliveries");
    var bytes = new LinkedHashMap<String, Long>();
    members(document, "bytes")
        .forEach(
            (kind, _) -> bytes.put(String.valueOf(kind), number(members(document, "bytes"), kind)));
    return new StoreReport(
        place,
        new StoreStats(
            new StoreStats.Operations(
                number(operations, "queued"),
                number(operations, "retrying"),
                number(operations, "running"),
                new StoreStats.Ended(
                    number(operations, "finished"),
                    number(operations, "failed"),
                    number(operations, "canceled")),
                id(operations, "oldest"),
                id(operations, "newest")),
            new StoreStats.Deliveries(number(deliveries, "waiting"), number(deliveries, "ended")),
            number(document, "idempotencyKeys"),
            number(document, "records"),
            bytes,
            List.of()));
  }

  private static Map<?, ?> members(Map<?, ?> of, String name) {
    return of.get(name) instanceof Map<?, ?> members ? members : Map.of();
  }

  static long number(Map<?, ?> of, Object name) {
    return of.get(name) instanceof Number number ? number.longValue() : 0;
  }

  private static Optional<OperationId> id(Map<?, ?> operations, String name) {
    return OperationId.parse(String.valueOf(members(operations, name).get("id")));
  }

  /// One line per value: its name and the value.
  String text() {
    var operations = stats.operations();
    var lines = new ArrayList<String>();
    add(lines, "store", place.toString());
    add(lines, "operations", Quantities.count(operations.all()));
    StatsDocument.phases(stats)
        .forEach((phase, count) -> add(lines, "  " + phase, Quantities.count(count)));
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

  private long allBytes() {
    return stats.bytes().values().stream().mapToLong(Long::longValue).sum();
  }

  /// One JSON document in one line.
  String json() {
    return new String(
        Json.bytes(StatsDocument.of(place.toString(), stats)), StandardCharsets.UTF_8);
  }
}
