package dev.backlane.store.postgres.transfer;

import dev.backlane.engine.codec.CorruptRecordException;
import dev.backlane.engine.codec.KeyUse;
import dev.backlane.engine.codec.StoredDelivery;
import dev.backlane.engine.delivery.Delivery;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.operation.State;
import dev.backlane.engine.store.RecordStore;
import dev.backlane.engine.store.StoreImport;
import dev.backlane.engine.store.content.Part;
import dev.backlane.engine.store.content.Spool;
import dev.backlane.engine.store.failure.StoreException;
import dev.backlane.engine.store.search.UnsuccessfulEnd;
import dev.backlane.engine.transfer.UnfinishedTransfer;
import dev.backlane.store.postgres.deliveries.DeliveryRow;
import dev.backlane.store.postgres.nodes.TransferLease;
import dev.backlane.store.postgres.operations.BodyReference;
import dev.backlane.store.postgres.operations.ChunkSpool;
import dev.backlane.store.postgres.operations.OperationAttention;
import dev.backlane.store.postgres.operations.OwnerDigests;
import dev.backlane.store.postgres.partition.PartitionGroup;
import dev.backlane.store.postgres.partition.PartitionGroups;
import dev.backlane.store.postgres.partition.PartitionRange;
import dev.backlane.store.postgres.partition.Partitions;
import dev.backlane.store.postgres.sql.Database;
import dev.backlane.store.postgres.sql.Parameters;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Fills an empty database with the contents of another store.
public final class PostgresImport implements StoreImport {
  private final Database database;
  private final Partitions operations;
  private final Partitions ended;
  private final Partitions keys;
  private final TransferLease lease;

  public PostgresImport(Database database, PartitionGroups partitions, TransferLease lease) {
    this.database = database;
    this.operations = partitions.operations();
    this.ended = partitions.ended();
    this.keys = partitions.keys();
    this.lease = lease;
  }

  @Override
  public void begin() {
    var others = lease.begin();
    if (!others.isEmpty()) {
      throw new StoreException(
          "the database is in use by "
              + others.iterator().next()
              + "; stop all nodes and transfers that use it, or wait 10 s if one was killed, and"
              + " start again");
    }
    database.inTransaction(connection -> {
      if (!unfinished(connection) && !empty(connection)) {
        throw new StoreException(
            "the database is not empty: it contains a store; choose another, or drop its tables");
      }
      try (var clear = connection.createStatement()) {
        clear.execute(
            "TRUNCATE active_operation, call, outcome, chunk, delivery_due, delivery_ended,"
                + " idempotency_key, record");
      }
      insert(connection, List.of(UnfinishedTransfer.mark()));
      return true;
    });
    List.of(operations, ended, keys).forEach(Partitions::reload);
  }

  private static boolean unfinished(Connection connection) throws SQLException {
    try (var query =
        connection.prepareStatement("SELECT 1 FROM record WHERE kind = ? AND name = ?")) {
      new Parameters(query).text(UnfinishedTransfer.KIND).text(UnfinishedTransfer.NAME);
      try (var row = query.executeQuery()) {
        return row.next();
      }
    }
  }

  private static boolean empty(Connection connection) throws SQLException {
    try (var query =
            connection.prepareStatement(
                """
                SELECT 1 WHERE EXISTS (SELECT 1 FROM active_operation) OR EXISTS (SELECT 1 FROM call)
                  OR EXISTS (SELECT 1 FROM outcome) OR EXISTS (SELECT 1 FROM delivery_due)
                  OR EXISTS (SELECT 1 FROM delivery_ended) OR EXISTS (SELECT 1 FROM idempotency_key)
                  OR EXISTS (SELECT 1 FROM record)\
                """);
        var row = query.executeQuery()) {
      return !row.next();
    }
  }

  @Override
  public Spool spool(OperationId id, Part part) {
    return new ChunkSpool(database, operations, id);
  }

  /// The rows of an operation.
  private record Row(
      Copy copy, OwnerDigests owners, BodyReference request, BodyReference response) {
    static Row of(Copy copy) {
      return new Row(
          copy,
          OwnerDigests.of(copy.operation().caller()),
          BodyReference.of(copy.request()),
          BodyReference.of(copy.response()));
    }

    OperationId id() {
      return copy.operation().id();
    }

    Operation operation() {
      return copy.operation();
    }

    boolean ended() {
      return copy.operation().ended();
    }

    byte[] progress() {
      return copy.stored().progress();
    }

    @Nullable String holder() {
      return operation().state() instanceof State.Running run ? run.lease().holder() : null;
    }

    @Nullable Long token() {
      return operation().state() instanceof State.Running run ? run.lease().token() : null;
    }
  }

  @Override
  public void operations(List<Copy> copies) {
    for (var copy : copies) {
      BodyReference.committing(copy.request());
      BodyReference.committing(copy.response());
    }
    var rows = copies.stream().map(Row::of).toList();
    var byRange = byRange(rows, Row::id, operations);
    write(connection -> {
      for (var each : byRange.entrySet()) {
        calls(connection, each.getKey(), each.getValue());
        var over = each.getValue().stream().filter(Row::ended).toList();
        if (!over.isEmpty()) {
          // The retention begins again.
          operations.recordEnd(connection, each.getKey());
          outcomes(connection, each.getKey(), over);
        }
      }
      active(connection, rows.stream().filter(row -> !row.ended()).toList());
      return true;
    });
  }

  private static <T> Map<PartitionRange, List<T>> byRange(
      List<T> rows, Function<T, OperationId> id, Partitions partitions) {
    return rows.stream()
        .collect(Collectors.groupingBy(row -> partitions.ensure(Partitions.millis(id.apply(row)))));
  }

  private void write(Database.Work<Boolean> work) {
    database.inTransaction(work);
  }

  private static void calls(Connection connection, PartitionRange range, List<Row> rows)
      throws SQLException {
    try (var write =
        connection.prepareStatement(
            """
            INSERT INTO %s (id, tenant_digest, client_digest, subject_digest, record, body, spool, spool_length)
              SELECT * FROM unnest(?::uuid[], ?::uuid[], ?::uuid[], ?::uuid[], ?::bytea[], ?::bytea[], ?::uuid[],
                ?::bigint[])\
            """
                .formatted(range.table("call")))) {
      new Parameters(write)
          .uuids(rows, row -> Parameters.uuid(row.id()))
          .uuids(rows, row -> row.owners.tenant())
          .uuids(rows, row -> row.owners.client())
          .uuids(rows, row -> row.owners.subject())
          .bytes(rows, row -> row.copy.stored().call())
          .bytes(rows, row -> row.request.bytes())
          .uuids(rows, row -> row.request.spool())
          .numbers(rows, row -> row.request.length());
      write.executeUpdate();
    }
  }

  private static void outcomes(Connection connection, PartitionRange range, List<Row> rows)
      throws SQLException {
    try (var write =
        connection.prepareStatement(
            """
            INSERT INTO %s (id, progress, unsuccessful, body, spool, spool_length)
              SELECT * FROM unnest(?::uuid[], ?::bytea[], ?::bigint[], ?::bytea[], ?::uuid[], ?::bigint[])\
            """
                .formatted(range.table("outcome")))) {
      new Parameters(write)
          .uuids(rows, row -> Parameters.uuid(row.id()))
          .bytes(rows, Row::progress)
          .numbers(rows, row -> (long) UnsuccessfulEnd.of(row.operation().state()))
          .bytes(rows, row -> row.response.bytes())
          .uuids(rows, row -> row.response.spool())
          .numbers(rows, row -> row.response.length());
      write.executeUpdate();
    }
  }

  private static void active(Connection connection, List<Row> rows) throws SQLException {
    try (var write =
        connection.prepareStatement(
            """
            INSERT INTO active_operation (id, tenant, route, version, due_micros, holder, token, attention, progress)
              SELECT * FROM unnest(?::uuid[], ?::text[], ?::text[], ?::bigint[], ?::bigint[], ?::text[], ?::bigint[],
                ?::bigint[], ?::bytea[])\
            """)) {
      new Parameters(write)
          .uuids(rows, row -> Parameters.uuid(row.id()))
          .texts(rows, row -> row.operation().caller().tenant())
          .texts(rows, row -> row.operation().route())
          .numbers(rows, row -> row.operation().version())
          .numbers(rows, row -> Parameters.dueMicros(row.operation().state()))
          .texts(rows, Row::holder)
          .numbers(rows, Row::token)
          .numbers(rows, row -> OperationAttention.of(row.operation().state()))
          .bytes(rows, Row::progress);
      write.executeUpdate();
    }
  }

  @Override
  public void keys(List<KeyUse> uses) {
    var byDay =
        new TreeMap<PartitionRange, List<KeyUse>>(
            Comparator.comparingLong(PartitionRange::fromMillis));
    byDay.putAll(byRange(uses, KeyUse::first, keys));
    write(connection -> {
      for (var day : byDay.entrySet()) {
        try (var write =
            connection.prepareStatement(
                """
                INSERT INTO %s (day, digest, first, fingerprint)
                  SELECT ?, * FROM unnest(?::bytea[], ?::uuid[], ?::bytea[])\
                """
                    .formatted(day.getKey().table("idempotency_key")))) {
          var rows = day.getValue();
          new Parameters(write)
              .count((int) (day.getKey().fromMillis() / PartitionGroup.DAY.toMillis()))
              .bytes(rows, KeyUse::digest)
              .uuids(rows, use -> Parameters.uuid(use.first()))
              .bytes(rows, KeyUse::fingerprint);
          write.executeUpdate();
        }
      }
      return true;
    });
  }

  @Override
  public void deliveries(List<StoredDelivery> stored) {
    var due = new ArrayList<DeliveryRow>();
    var over = new ArrayList<Ended>();
    for (var each : stored) {
      var delivery = delivery(each);
      if (delivery.ended()) {
        over.add(new Ended(each, delivery.version()));
      } else {
        due.add(DeliveryRow.of(delivery, each.record()));
      }
    }
    var byRange = byRange(over, row -> row.stored.id(), ended);
    write(connection -> {
      due(connection, due);
      for (var each : byRange.entrySet()) {
        ended.recordEnd(connection, each.getKey());
        over(connection, each.getKey(), each.getValue());
      }
      return true;
    });
  }

  private record Ended(StoredDelivery stored, long version) {}

  private static Delivery delivery(StoredDelivery stored) {
    try {
      return stored.delivery();
    } catch (CorruptRecordException damaged) {
      throw new StoreException(
          "delivery " + stored.id() + " is damaged at the source: " + damaged.getMessage(),
          damaged);
    }
  }

  private static void due(Connection connection, List<DeliveryRow> rows) throws SQLException {
    try (var write =
        connection.prepareStatement(
            """
            INSERT INTO delivery_due (id, receiver, tenant, version, due_micros, record)
              SELECT * FROM unnest(?::uuid[], ?::text[], ?::text[], ?::bigint[], ?::bigint[], ?::bytea[])\
            """)) {
      new Parameters(write)
          .uuids(rows, row -> Parameters.uuid(row.id()))
          .texts(rows, DeliveryRow::receiver)
          .texts(rows, DeliveryRow::tenant)
          .numbers(rows, DeliveryRow::version)
          .numbers(rows, DeliveryRow::dueMicros)
          .bytes(rows, DeliveryRow::record);
      write.executeUpdate();
    }
  }

  private static void over(Connection connection, PartitionRange range, List<Ended> rows)
      throws SQLException {
    try (var write =
        connection.prepareStatement(
            "INSERT INTO %s (id, version, record) SELECT * FROM unnest(?::uuid[], ?::bigint[], ?::bytea[])"
                .formatted(range.table("delivery_ended")))) {
      new Parameters(write)
          .uuids(rows, row -> Parameters.uuid(row.stored.id()))
          .numbers(rows, Ended::version)
          .bytes(rows, row -> row.stored.record());
      write.executeUpdate();
    }
  }

  @Override
  public void records(List<RecordStore.Entry> records) {
    write(connection -> {
      insert(connection, records);
      return true;
    });
  }

  private static void insert(Connection connection, List<RecordStore.Entry> records)
      throws SQLException {
    try (var write =
        connection.prepareStatement(
            """
            INSERT INTO record (kind, name, version, value)
              SELECT * FROM unnest(?::text[], ?::text[], ?::bigint[], ?::bytea[])\
            """)) {
      new Parameters(write)
          .texts(records, RecordStore.Entry::kind)
          .texts(records, RecordStore.Entry::name)
          .numbers(records, RecordStore.Entry::version)
          .bytes(records, RecordStore.Entry::value);
      write.executeUpdate();
    }
  }

  @Override
  public void end() {
    write(connection -> {
      try (var write =
          connection.prepareStatement("DELETE FROM record WHERE kind = ? AND name = ?")) {
        new Parameters(write).text(UnfinishedTransfer.KIND).text(UnfinishedTransfer.NAME);
        return write.executeUpdate() == 1;
      }
    });
    lease.close();
  }
}
