package dev.backlane.store.postgres.inspection;

import dev.backlane.engine.codec.CorruptRecordException;
import dev.backlane.engine.codec.OperationCodec;
import dev.backlane.engine.inspection.OutcomeCount;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.store.StoreExport;
import dev.backlane.engine.store.StoreInspection;
import dev.backlane.engine.store.StoreStats;
import dev.backlane.store.postgres.nodes.NodeLeases;
import dev.backlane.store.postgres.partition.PartitionGroups;
import dev.backlane.store.postgres.partition.PartitionRange;
import dev.backlane.store.postgres.partition.Partitions;
import dev.backlane.store.postgres.sql.Database;
import dev.backlane.store.postgres.sql.Parameters;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.Stream;

/// Tells what is in the shared store, by reads alone and partition by partition, also while nodes work. Thread-safe.
public final class PostgresInspection implements StoreInspection {
  private final Database database;
  private final PartitionGroups families;
  private final Partitions operations;
  private final Partitions ended;
  private final Partitions keys;
  private final NodeLeases nodes;
  private final InstantSource clock;

  public PostgresInspection(
      Database database, PartitionGroups families, NodeLeases nodes, InstantSource clock) {
    this.database = database;
    this.families = families;
    this.operations = families.operations();
    this.ended = families.ended();
    this.keys = families.keys();
    this.nodes = nodes;
    this.clock = clock;
  }

  @Override
  public StoreStats stats() {
    return operations.naming(() ->
        ended.naming(() ->
            keys.naming(() -> {
              var spans = operations.endingAfter(0);
              var days = keys.endingAfter(0);
              var endedSpans = ended.endingAfter(0);
              return database.readAtLength(connection ->
                  new StoreStats(
                      operations(connection, spans),
                      deliveries(connection, endedSpans),
                      keys(connection, days),
                      number(connection, "SELECT count(*) FROM record"),
                      bytes(connection),
                      living()));
            })));
  }

  private StoreStats.Operations operations(Connection connection, List<PartitionRange> spans)
      throws SQLException, CorruptRecordException {
    var horizon = operations.horizon();
    var ends = new OutcomeCount();
    Optional<OperationId> oldest = first(connection, "turn", StoreExport.BEFORE_ALL, "");
    Optional<OperationId> newest = first(connection, "turn", StoreExport.BEFORE_ALL, "DESC");
    for (var span : spans) {
      var table = span.table("outcome");
      ends(connection, table, horizon, ends);
      oldest = least(oldest, first(connection, table, horizon, ""), Comparator.naturalOrder());
      newest = least(newest, first(connection, table, horizon, "DESC"), Comparator.reverseOrder());
    }
    try (var ask =
            connection.prepareStatement(
                """
                SELECT count(*) FILTER (WHERE holder IS NULL AND version = 0),
                    count(*) FILTER (WHERE holder IS NULL AND version > 0),
                    count(*) FILTER (WHERE holder IS NOT NULL) FROM turn\
                """);
        var row = ask.executeQuery()) {
      row.next();
      return new StoreStats.Operations(
          row.getLong(1), row.getLong(2), row.getLong(3), ends.total(), oldest, newest);
    }
  }

  private static void ends(
      Connection connection, String table, OperationId horizon, OutcomeCount ends)
      throws SQLException, CorruptRecordException {
    try (var ask =
        connection.prepareStatement(
            "SELECT substring(progress FROM 1 FOR ?), count(*) FROM "
                + table
                + " WHERE id >= ? GROUP BY 1")) {
      new Parameters(ask).count(OperationCodec.END_BYTES).id(horizon);
      try (var row = ask.executeQuery()) {
        while (row.next()) {
          ends.add(row.getBytes(1), row.getLong(2));
        }
      }
    }
  }

  private static Optional<OperationId> first(
      Connection connection, String table, OperationId from, String order) throws SQLException {
    try (var ask =
        connection.prepareStatement(
            "SELECT id FROM %s WHERE id >= ? ORDER BY id %s LIMIT 1".formatted(table, order))) {
      new Parameters(ask).id(from);
      try (var row = ask.executeQuery()) {
        return row.next()
            ? Optional.of(Parameters.id(row.getObject(1, UUID.class)))
            : Optional.empty();
      }
    }
  }

  private static Optional<OperationId> least(
      Optional<OperationId> one, Optional<OperationId> other, Comparator<OperationId> order) {
    return Stream.of(one, other).flatMap(Optional::stream).min(order);
  }

  private StoreStats.Deliveries deliveries(Connection connection, List<PartitionRange> spans)
      throws SQLException {
    long over = 0;
    for (var span : spans) {
      try (var ask =
          connection.prepareStatement(
              "SELECT count(*) FROM " + span.table("delivery_ended") + " WHERE id >= ?")) {
        new Parameters(ask).id(ended.horizon());
        try (var row = ask.executeQuery()) {
          row.next();
          over += row.getLong(1);
        }
      }
    }
    return new StoreStats.Deliveries(number(connection, "SELECT count(*) FROM delivery_due"), over);
  }

  private static long keys(Connection connection, List<PartitionRange> days) throws SQLException {
    long all = 0;
    for (var day : days) {
      all += number(connection, "SELECT count(*) FROM " + day.table("idempotency_key"));
    }
    return all;
  }

  private static long number(Connection connection, String statement) throws SQLException {
    try (var ask = connection.prepareStatement(statement);
        var row = ask.executeQuery()) {
      row.next();
      return row.getLong(1);
    }
  }

  private static Map<String, Long> bytes(Connection connection) throws SQLException {
    var bytes = new LinkedHashMap<String, Long>();
    bytes.put(
        "operations",
        table(connection, "turn") + parts(connection, "call") + parts(connection, "outcome"));
    bytes.put("contents", parts(connection, "chunk"));
    bytes.put("keys", parts(connection, "idempotency_key"));
    bytes.put(
        "deliveries", table(connection, "delivery_due") + parts(connection, "delivery_ended"));
    bytes.put("records", table(connection, "record"));
    return bytes;
  }

  private static long table(Connection connection, String name) throws SQLException {
    return number(connection, "SELECT pg_total_relation_size('" + name + "')");
  }

  private static long parts(Connection connection, String parent) throws SQLException {
    return number(
        connection,
        "SELECT coalesce(sum(pg_total_relation_size(relid)), 0)::bigint FROM pg_partition_tree('"
            + parent
            + "')");
  }

  private List<StoreStats.Node> living() {
    return nodes.alive(clock.instant()).entrySet().stream()
        .map(node -> new StoreStats.Node(node.getKey(), node.getValue()))
        .toList();
  }

  @Override
  public void check(Consumer<String> problems) {
    new PostgresCheck(database, families, problems).run();
  }
}
