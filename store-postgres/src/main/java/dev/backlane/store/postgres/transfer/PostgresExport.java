package dev.backlane.store.postgres.transfer;

import dev.backlane.engine.codec.CorruptRecordException;
import dev.backlane.engine.codec.KeyUse;
import dev.backlane.engine.codec.OperationCodec;
import dev.backlane.engine.codec.StoredDelivery;
import dev.backlane.engine.codec.StoredOperation;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.store.RecordStore;
import dev.backlane.engine.store.StoreExport;
import dev.backlane.engine.store.content.StoredContent;
import dev.backlane.engine.transfer.UnfinishedTransfer;
import dev.backlane.store.postgres.nodes.NodeLeases;
import dev.backlane.store.postgres.operations.BodyReference;
import dev.backlane.store.postgres.operations.ChunkedContent;
import dev.backlane.store.postgres.operations.OperationRows;
import dev.backlane.store.postgres.partition.PartitionGroup;
import dev.backlane.store.postgres.partition.PartitionGroups;
import dev.backlane.store.postgres.partition.PartitionRange;
import dev.backlane.store.postgres.partition.Partitions;
import dev.backlane.store.postgres.sql.Database;
import dev.backlane.store.postgres.sql.Parameters;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/// Reads the complete contents of the shared store. Thread-safe.
public final class PostgresExport implements StoreExport {
  /// The maximum number of operations per page: with two contents of 64 KiB each, a page needs 16
  /// MiB.
  private static final int ROWS_MAX = 128;

  /// The maximum number of rows that are counted; a higher number is estimated from the statistics
  /// of the query planner.
  private static final int COUNTED_MAX = 1_000_000;

  private static final byte[] EMPTY = new byte[0];

  private final Database database;
  private final Partitions operations;
  private final Partitions ended;
  private final Partitions keys;
  private final NodeLeases nodes;

  public PostgresExport(Database database, PartitionGroups partitions, NodeLeases nodes) {
    this.database = database;
    this.operations = partitions.operations();
    this.ended = partitions.ended();
    this.keys = partitions.keys();
    this.nodes = nodes;
  }

  @Override
  public Amount amount() {
    return database.readWithLongTimeout(connection ->
        new Amount(
            estimatedRows(connection, "call"),
            estimatedRows(connection, "idempotency_key"),
            estimatedRows(connection, "delivery_due") + estimatedRows(connection, "delivery_ended"),
            estimatedRows(connection, "record")));
  }

  private static long estimatedRows(Connection connection, String table) throws SQLException {
    try (var query =
        connection.prepareStatement(
            """
            SELECT CASE WHEN counted < ? THEN counted ELSE greatest(counted, estimated) END
              FROM (SELECT count(*) FROM (SELECT 1 FROM %1$s LIMIT ?) bounded) one (counted),
                (SELECT coalesce(sum(c.reltuples), 0)::bigint FROM pg_partition_tree('%1$s') p
                  JOIN pg_class c ON c.oid = p.relid WHERE p.isleaf) other (estimated)\
            """
                .formatted(table))) {
      new Parameters(query).count(COUNTED_MAX).count(COUNTED_MAX);
      try (var row = query.executeQuery()) {
        row.next();
        return row.getLong(1);
      }
    }
  }

  @Override
  public List<StoredOperation> operations(OperationId after, int max) {
    return operations.retryIfDropped(() -> {
      for (var range : operations.endingAfter(Partitions.millis(after))) {
        var page = database.read(connection -> operations(connection, range, after, max));
        if (!page.isEmpty()) {
          return page;
        }
      }
      return List.of();
    });
  }

  private List<StoredOperation> operations(
      Connection connection, PartitionRange range, OperationId after, int max) throws SQLException {
    try (var query =
        connection.prepareStatement(
            """
            SELECT %1$s, c.body, c.spool, c.spool_length, o.body, o.spool, o.spool_length
              FROM (SELECT k.* FROM %2$s k WHERE k.id > ? ORDER BY k.id LIMIT ?) c
                LEFT JOIN active_operation t ON t.id = c.id LEFT JOIN %3$s o ON o.id = c.id
              ORDER BY c.id\
            """
                .formatted(OperationRows.COLUMNS, range.table("call"), range.table("outcome")))) {
      new Parameters(query).id(after).count(Math.min(max, ROWS_MAX));
      var page = new ArrayList<StoredOperation>();
      try (var row = query.executeQuery()) {
        while (row.next()) {
          var id = Parameters.id(row.getObject(1, UUID.class));
          page.add(
              new StoredOperation(
                  id,
                  row.getBytes(2),
                  progress(row),
                  content(row, 9, range, id),
                  content(row, 12, range, id)));
        }
      }
      return page;
    }
  }

  private static byte[] progress(ResultSet row) throws SQLException {
    byte[] unfinished = row.getBytes(3);
    if (unfinished == null) {
      byte[] outcome = row.getBytes(8);
      return outcome == null ? EMPTY : outcome;
    }
    row.getLong(7);
    if (row.wasNull()) {
      return unfinished;
    }
    try {
      // A claim is stored in separate columns.
      return OperationCodec.progress(OperationRows.progress(row, 3));
    } catch (CorruptRecordException damaged) {
      return EMPTY;
    }
  }

  private Optional<StoredContent> content(
      ResultSet row, int first, PartitionRange range, OperationId id) throws SQLException {
    byte[] body = row.getBytes(first);
    if (body != null) {
      return Optional.of(BodyReference.inline(body));
    }
    var spool = row.getObject(first + 1, UUID.class);
    return spool == null
        ? Optional.empty()
        : Optional.of(new ChunkedContent(database, range, id, spool, row.getLong(first + 2)));
  }

  @Override
  public List<KeyUse> keys(Optional<KeyUse> after, int max) {
    return keys.retryIfDropped(() -> {
      // The operation of a key exists as long as its partition.
      var kept = operations.endingAfter(0);
      long from = after.map(use -> use.day() * PartitionGroup.DAY.toMillis()).orElse(0L);
      Optional<PartitionRange> before = Optional.empty();
      for (var range : keys.endingAfter(0)) {
        if (range.toMillis() > from) {
          var earlier = before.filter(day -> day.toMillis() == range.fromMillis());
          var page =
              database.read(connection -> keys(connection, range, earlier, kept, after, max));
          if (!page.isEmpty()) {
            return page;
          }
        }
        before = Optional.of(range);
      }
      return List.of();
    });
  }

  /// A key that was used around midnight is stored in both days, and is returned only with the
  /// first day.
  private List<KeyUse> keys(
      Connection connection,
      PartitionRange range,
      Optional<PartitionRange> earlier,
      List<PartitionRange> kept,
      Optional<KeyUse> after,
      int max)
      throws SQLException {
    var before =
        earlier
            .map(day ->
                """
                SELECT true AS returned FROM %s e
                  WHERE e.day = k.day - 1 AND e.digest = k.digest AND e.first = k.first LIMIT 1\
                """
                    .formatted(day.table("idempotency_key")))
            .orElse("SELECT false AS returned");
    try (var query =
        connection.prepareStatement(
            """
            SELECT day, digest, first, fingerprint FROM %s k
              LEFT JOIN LATERAL (%s) b ON true
              WHERE (day, digest) > (?, ?) AND b.returned IS NOT TRUE
                AND EXISTS (SELECT 1 FROM unnest(?::uuid[], ?::uuid[]) AS kept (low, high)
                  WHERE first >= low AND first < high)
              ORDER BY day, digest LIMIT ?\
            """
                .formatted(range.table("idempotency_key"), before))) {
      new Parameters(query)
          .count(after.map(KeyUse::day).orElse(-1))
          .bytes(after.map(KeyUse::digest).orElse(EMPTY))
          .uuids(kept, each -> Parameters.uuid(each.from()))
          .uuids(kept, each -> Parameters.uuid(each.to()))
          .count(max);
      var page = new ArrayList<KeyUse>();
      try (var row = query.executeQuery()) {
        while (row.next()) {
          page.add(
              new KeyUse(
                  row.getInt(1),
                  row.getBytes(2),
                  Parameters.id(row.getObject(3, UUID.class)),
                  row.getBytes(4)));
        }
      }
      return page;
    }
  }

  @Override
  public List<StoredDelivery> deliveries(OperationId after, int max) {
    return ended.retryIfDropped(() -> {
      var page = new ArrayList<StoredDelivery>();
      var ranges = ended.endingAfter(Partitions.millis(after));
      database.read(connection -> {
        try (var query = deliveries(connection, "delivery_due")) {
          new Parameters(query).id(after).count(max);
          page.addAll(deliveries(query));
        }
        int found = 0;
        for (var range : ranges) {
          if (found < max) {
            try (var query = deliveries(connection, range.table("delivery_ended"))) {
              new Parameters(query).id(after).count(max - found);
              var rows = deliveries(query);
              found += rows.size();
              page.addAll(rows);
            }
          }
        }
        return true;
      });
      page.sort(Comparator.comparing(StoredDelivery::id));
      return List.copyOf(page.subList(0, Math.min(max, page.size())));
    });
  }

  private static PreparedStatement deliveries(Connection connection, String table)
      throws SQLException {
    return connection.prepareStatement(
        "SELECT id, record FROM " + table + " WHERE id > ? ORDER BY id LIMIT ?");
  }

  private static List<StoredDelivery> deliveries(PreparedStatement query) throws SQLException {
    var rows = new ArrayList<StoredDelivery>();
    try (var row = query.executeQuery()) {
      while (row.next()) {
        rows.add(new StoredDelivery(Parameters.id(row.getObject(1, UUID.class)), row.getBytes(2)));
      }
    }
    return rows;
  }

  @Override
  public List<RecordStore.Entry> records() {
    return database.read(connection -> {
      try (var query =
              connection.prepareStatement(
                  "SELECT kind, name, version, value FROM record" + " ORDER BY kind, name");
          var row = query.executeQuery()) {
        var all = new ArrayList<RecordStore.Entry>();
        while (row.next()) {
          var entry =
              new RecordStore.Entry(
                  row.getString(1), row.getString(2), row.getLong(3), row.getBytes(4));
          if (!UnfinishedTransfer.isMark(entry)) {
            all.add(entry);
          }
        }
        return all;
      }
    });
  }

  @Override
  public List<String> others() {
    return nodes.alive().keySet().stream().toList();
  }
}
