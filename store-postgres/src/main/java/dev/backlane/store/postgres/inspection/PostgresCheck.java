package dev.backlane.store.postgres.inspection;

import dev.backlane.engine.codec.CorruptRecordException;
import dev.backlane.engine.codec.DeliveryCodec;
import dev.backlane.engine.codec.OperationCodec;
import dev.backlane.engine.delivery.Delivery;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.operation.State;
import dev.backlane.engine.store.StoreExport;
import dev.backlane.engine.store.queue.QueueKey;
import dev.backlane.store.postgres.deliveries.DeliveryRow;
import dev.backlane.store.postgres.partition.PartitionGroups;
import dev.backlane.store.postgres.partition.PartitionRange;
import dev.backlane.store.postgres.partition.Partitions;
import dev.backlane.store.postgres.sql.Database;
import dev.backlane.store.postgres.sql.Parameters;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;

/// Checks that the tables of the shared store are consistent, also while nodes are running. For one
/// thread.
final class PostgresCheck {
  private static final int PAGE_ROWS = 500;

  /// The maximum number of problems of one kind that are reported per table.
  private static final int REPORTED_MAX = 1_000;

  private final Database database;
  private final Partitions operations;
  private final Partitions ended;
  private final Partitions keys;
  private final Consumer<String> problems;

  PostgresCheck(Database database, PartitionGroups partitions, Consumer<String> problems) {
    this.database = database;
    this.operations = partitions.operations();
    this.ended = partitions.ended();
    this.keys = partitions.keys();
    this.problems = problems;
  }

  void run() {
    each(
        "SELECT id FROM active_operation t WHERE NOT EXISTS (SELECT 1 FROM call c WHERE c.id = t.id)",
        id -> "operation " + id + " has not ended, but its call is missing");
    operations.retryIfDropped(() -> {
      operations.endingAfter(0).forEach(this::operations);
      return true;
    });
    keys.retryIfDropped(() -> {
      keys.endingAfter(0).forEach(this::keys);
      return true;
    });
    pages(
        "active_operation t LEFT JOIN LATERAL (SELECT record FROM call WHERE call.id = t.id LIMIT 1) c ON true",
        "t.id, t.version, t.due_micros, t.holder, t.token,"
            + " t.claimed_micros, t.progress, t.tenant, t.route, c.record",
        this::active);
    pages(
        "delivery_due t",
        "t.id, t.record, t.version, t.due_micros, t.receiver, t.tenant",
        this::due);
    ended.retryIfDropped(() -> {
      ended.endingAfter(0).forEach(this::deliveries);
      return true;
    });
  }

  private void operations(PartitionRange range) {
    each(
        "SELECT id FROM %s o WHERE NOT EXISTS (SELECT 1 FROM %s c WHERE c.id = o.id)"
            .formatted(range.table("outcome"), range.table("call")),
        id -> "operation " + id + " has ended, but its call is missing");
    each(
        "SELECT id FROM %s o WHERE EXISTS (SELECT 1 FROM active_operation t WHERE t.id = o.id)"
            .formatted(range.table("outcome")),
        id -> "operation " + id + " has both ended and not ended");
  }

  /// An operation whose partition was dropped may be missing.
  private void keys(PartitionRange day) {
    operations
        .endingAfter(0)
        .forEach(range ->
            each(
                "SELECT first FROM %s k WHERE first >= '%s' AND first < '%s'"
                        .formatted(day.table("idempotency_key"), range.from(), range.to())
                    + " AND NOT EXISTS (SELECT 1 FROM %s c WHERE c.id = k.first)"
                        .formatted(range.table("call")),
                id -> "an idempotency key refers to operation " + id + ", which does not exist"));
  }

  /// Describes a problem of the operation or delivery with an id.
  @FunctionalInterface
  private interface Problem {
    String of(OperationId id);
  }

  private void each(String statement, Problem problem) {
    List<OperationId> found =
        database.readWithLongTimeout(connection -> {
          try (var query = connection.prepareStatement(statement + " LIMIT " + REPORTED_MAX)) {
            var ids = new ArrayList<OperationId>();
            try (var row = query.executeQuery()) {
              while (row.next()) {
                ids.add(Parameters.id(row.getObject(1, UUID.class)));
              }
            }
            return ids;
          }
        });
    found.forEach(id -> problems.accept(problem.of(id)));
  }

  /// Visits a row.
  @FunctionalInterface
  private interface RowVisitor {
    void at(OperationId id, ResultSet row) throws SQLException, CorruptRecordException;
  }

  private void pages(String tables, String columns, RowVisitor visitor) {
    var statement =
        "SELECT %s FROM %s WHERE t.id > ? ORDER BY t.id LIMIT ?".formatted(columns, tables);
    var after = StoreExport.BEFORE_ALL;
    while (true) {
      var from = after;
      var last = database.read(connection -> page(connection, statement, from, visitor));
      if (last.isEmpty()) {
        return;
      }
      after = last.get();
    }
  }

  private static Optional<OperationId> page(
      Connection connection, String statement, OperationId after, RowVisitor visitor)
      throws SQLException, CorruptRecordException {
    try (var query = connection.prepareStatement(statement)) {
      new Parameters(query).id(after).count(PAGE_ROWS);
      Optional<OperationId> last = Optional.empty();
      try (var row = query.executeQuery()) {
        while (row.next()) {
          var id = Parameters.id(row.getObject(1, UUID.class));
          visitor.at(id, row);
          last = Optional.of(id);
        }
      }
      return last;
    }
  }

  private void active(OperationId id, ResultSet row) throws SQLException {
    long version = row.getLong(2);
    long dueMicros = row.getLong(3);
    var holder = row.getString(4);
    long token = row.getLong(5);
    row.getLong(6);
    boolean claimed = !row.wasNull();
    byte[] call = row.getBytes(10);
    try {
      var progress = OperationCodec.progress(row.getBytes(7));
      boolean fits =
          switch (progress.state()) {
            case State.Queued queued ->
                claimed == (holder != null)
                    && Parameters.microsNotBefore(queued.dueAt()) == dueMicros;
            case State.Held _ -> holder == null && dueMicros == Parameters.NEVER_MICROS;
            case State.Running run ->
                !claimed && run.lease().holder().equals(holder) && run.lease().token() == token;
            case State.Ended _ -> false;
          };
      if (!fits || progress.version() + (claimed ? 1 : 0) != version) {
        problems.accept("the queue entry of operation " + id + " does not match its state");
      }
      if (call != null) {
        var entry = OperationCodec.queueEntry(id, call, Parameters.instant(dueMicros));
        if (!entry.key().equals(new QueueKey(row.getString(8), row.getString(9)))) {
          problems.accept("operation " + id + " is in the queue of another tenant or route");
        }
      }
    } catch (CorruptRecordException damaged) {
      // The check of each operation reports it, unless its call is missing.
      if (call == null) {
        problems.accept("operation " + id + " is damaged: " + damaged.getMessage());
      }
    }
  }

  private void due(OperationId id, ResultSet row) throws SQLException {
    try {
      var delivery = DeliveryCodec.delivery(id, row.getBytes(2));
      if (delivery.ended()
          || delivery.version() != row.getLong(3)
          || DeliveryRow.of(delivery).dueMicros() != row.getLong(4)
          || !sameQueue(delivery, row)) {
        problems.accept("the queue entry of delivery " + id + " does not match its state");
      }
    } catch (CorruptRecordException reportedAlready) {
      return;
    }
  }

  private static boolean sameQueue(Delivery delivery, ResultSet row) throws SQLException {
    return Objects.equals(delivery.receiver(), row.getString(5))
        && Objects.equals(delivery.tenant(), row.getString(6));
  }

  private void deliveries(PartitionRange range) {
    each(
        "SELECT id FROM %s e WHERE EXISTS (SELECT 1 FROM delivery_due d WHERE d.id = e.id)"
            .formatted(range.table("delivery_ended")),
        id -> "delivery " + id + " has both ended and not ended");
    pages(
        range.table("delivery_ended") + " t",
        "t.id, t.record, t.version",
        (id, row) -> {
          try {
            var delivery = DeliveryCodec.delivery(id, row.getBytes(2));
            if (!delivery.ended() || delivery.version() != row.getLong(3)) {
              problems.accept("delivery " + id + " has not ended, but is stored as ended");
            }
          } catch (CorruptRecordException reportedAlready) {
            return;
          }
        });
  }
}
