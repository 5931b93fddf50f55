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
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.stream.Stream;

/// Statistics and checks of the shared store. Only reads, partition by partition, also while nodes
/// are running. Thread-safe.
public final class PostgresInspection implements StoreInspection {
  private final Database database;
  private final PartitionGroups partitions;
  private final Partitions operations;
  private final Partitions ended;
  private final Partitions keys;
  private final NodeLeases nodes;

  public PostgresInspection(Database database, PartitionGroups partitions, NodeLeases nodes) {
    this.database = database;
    this.partitions = partitions;
    this.operations = partitions.operations();
    this.ended = partitions.ended();
    this.keys = partitions.keys();
    this.nodes = nodes;
  }

  @Override
  public StoreStats stats() {
    return operations.retryIfDropped(() ->
        ended.retryIfDropped(() ->
            keys.retryIfDropped(() -> {
              var ranges = operations.endingAfter(0);
              var days = keys.endingAfter(0);
              var endedRanges = ended.endingAfter(0);
              return database.readWithLongTimeout(connection ->
                  new StoreStats(
                      operations(connection, ranges),
                      deliveries(connection, endedRanges),
                      keys(connection, days),
                      number(connection, "SELECT count(*) FROM record"),
                      bytes(connection),
                      nodes()));
            })));
  }

  private static StoreStats.Operations operations(
      Connection connection, List<PartitionRange> ranges)
      throws SQLException, CorruptRecordException {
    var ends = new OutcomeCount();
    Optional<OperationId> oldest =
        first(connection, "active_operation", StoreExport.BEFORE_ALL, "");
    Optional<OperationId> newest =
        first(connection, "active_operation", StoreExport.BEFORE_ALL, "DESC");
    for (var range : ranges) {
      var table = range.table("outcome");
      ends(connection, table, ends);
      oldest =
          least(
              oldest,
              first(connection, table, StoreExport.BEFORE_ALL, ""),
              Comparator.naturalOrder());
      newest =
          least(
              newest,
              first(connection, table, StoreExport.BEFORE_ALL, "DESC"),
              Comparator.reverseOrder());
    }
    try (var query =
            connection.prepareStatement(
                """
                SELECT count(*) FILTER (WHERE holder IS NULL AND version = 0),
                    count(*) FILTER (WHERE holder IS NULL AND version > 0),
                    count(*) FILTER (WHERE holder IS NOT NULL) FROM active_operation\
                """);
        var row = query.executeQuery()) {
      row.next();
      return new StoreStats.Operations(
          row.getLong(1), row.getLong(2), row.getLong(3), ends.total(), oldest, newest);
    }
  }

  private static void ends(Connection connection, String table, OutcomeCount ends)
      throws SQLException, CorruptRecordException {
    try (var query =
        connection.prepareStatement(
            "SELECT substring(progress FROM 1 FOR ?), count(*) FROM " + table + " GROUP BY 1")) {
      new Parameters(query).count(OperationCodec.END_BYTES);
      try (var row = query.executeQuery()) {
        while (row.next()) {
          ends.add(row.getBytes(1), row.getLong(2));
        }
      }
    }
  }

  private static Optional<OperationId> first(
      Connection connection, String table, OperationId from, String order) throws SQLException {
    try (var query =
        connection.prepareStatement(
            "SELECT id FROM %s WHERE id >= ? ORDER BY id %s LIMIT 1".formatted(table, order))) {
      new Parameters(query).id(from);
      try (var row = query.executeQuery()) {
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

  private static StoreStats.Deliveries deliveries(
      Connection connection, List<PartitionRange> ranges) throws SQLException {
    long over = 0;
    for (var range : ranges) {
      over += number(connection, "SELECT count(*) FROM " + range.table("delivery_ended"));
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
    try (var query = connection.prepareStatement(statement);
        var row = query.executeQuery()) {
      row.next();
      return row.getLong(1);
    }
  }

  private static Map<String, Long> bytes(Connection connection) throws SQLException {
    var bytes = new LinkedHashMap<String, Long>();
    bytes.put(
        "operations",
        table(connection, "active_operation")
            + parts(connection, "call")
            + parts(connection, "outcome"));
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

  @Override
  public List<StoreStats.Node> nodes() {
    return nodes.alive().entrySet().stream()
        .map(node -> new StoreStats.Node(node.getKey(), node.getValue()))
        .toList();
  }

  @Override
  public void check(Consumer<String> problems) {
    new PostgresCheck(database, partitions, problems).run();
  }
}
