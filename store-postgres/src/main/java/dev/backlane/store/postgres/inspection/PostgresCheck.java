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

/// Looks whether the tables of the shared store fit together, also while nodes work. For one thread.
final class PostgresCheck {
  private static final int PAGE_ROWS = 500;

  /// Problems of one kind in one table that are told; the rest is like them.
  private static final int TOLD_MAX = 1_000;

  private final Database database;
  private final Partitions operations;
  private final Partitions ended;
  private final Partitions keys;
  private final Consumer<String> problems;

  PostgresCheck(Database database, PartitionGroups families, Consumer<String> problems) {
    this.database = database;
    this.operations = families.operations();
    this.ended = families.ended();
    this.keys = families.keys();
    this.problems = problems;
  }

  void run() {
    each(
        "SELECT id FROM turn t WHERE NOT EXISTS (SELECT 1 FROM call c WHERE c.id = t.id)",
        Optional.empty(),
        id -> "operation " + id + " is unfinished and has no call");
    operations.naming(() -> {
      operations.endingAfter(0).forEach(this::operations);
      return true;
    });
    keys.naming(() -> {
      keys.endingAfter(0).forEach(this::keys);
      return true;
    });
    pages(
        "turn t LEFT JOIN LATERAL (SELECT record FROM call WHERE call.id = t.id LIMIT 1) c ON true",
        "t.id, t.version, t.due_micros, t.holder, t.token,"
            + " t.begun_micros, t.progress, t.tenant, t.route, c.record",
        this::turn);
    pages(
        "delivery_due t",
        "t.id, t.record, t.version, t.due_micros, t.receiver, t.tenant",
        this::due);
    ended.naming(() -> {
      ended.endingAfter(0).forEach(this::deliveries);
      return true;
    });
  }

  private void operations(PartitionRange span) {
    var horizon = Optional.of(operations.horizon());
    each(
        "SELECT id FROM %s o WHERE id >= ? AND NOT EXISTS (SELECT 1 FROM %s c WHERE c.id = o.id)"
            .formatted(span.table("outcome"), span.table("call")),
        horizon,
        id -> "operation " + id + " has ended and has no call");
    each(
        "SELECT id FROM %s o WHERE id >= ? AND EXISTS (SELECT 1 FROM turn t WHERE t.id = o.id)"
            .formatted(span.table("outcome")),
        horizon,
        id -> "operation " + id + " is unfinished and has ended");
  }

  private void keys(PartitionRange day) {
    operations.reload();
    each(
        "SELECT first FROM %s k WHERE first >= ? AND NOT EXISTS (SELECT 1 FROM call c WHERE c.id = k.first)"
            .formatted(day.table("idempotency_key")),
        Optional.of(operations.horizon()),
        id -> "an idempotency key is of operation " + id + ", which is not there");
  }

  /// Tells a problem of an id.
  @FunctionalInterface
  private interface Problem {
    String of(OperationId id);
  }

  private void each(String statement, Optional<OperationId> from, Problem problem) {
    List<OperationId> found =
        database.readAtLength(connection -> {
          try (var ask = connection.prepareStatement(statement + " LIMIT " + TOLD_MAX)) {
            if (from.isPresent()) {
              new Parameters(ask).id(from.get());
            }
            var ids = new ArrayList<OperationId>();
            try (var row = ask.executeQuery()) {
              while (row.next()) {
                ids.add(Parameters.id(row.getObject(1, UUID.class)));
              }
            }
            return ids;
          }
        });
    found.forEach(id -> problems.accept(problem.of(id)));
  }

  /// Looks at a row.
  @FunctionalInterface
  private interface Look {
    void at(OperationId id, ResultSet row) throws SQLException, CorruptRecordException;
  }

  private void pages(String tables, String columns, Look look) {
    var statement =
        "SELECT %s FROM %s WHERE t.id > ? ORDER BY t.id LIMIT ?".formatted(columns, tables);
    var after = StoreExport.BEFORE_ALL;
    while (true) {
      var from = after;
      var last = database.read(connection -> page(connection, statement, from, look));
      if (last.isEmpty()) {
        return;
      }
      after = last.get();
    }
  }

  private static Optional<OperationId> page(
      Connection connection, String statement, OperationId after, Look look)
      throws SQLException, CorruptRecordException {
    try (var ask = connection.prepareStatement(statement)) {
      new Parameters(ask).id(after).count(PAGE_ROWS);
      Optional<OperationId> last = Optional.empty();
      try (var row = ask.executeQuery()) {
        while (row.next()) {
          var id = Parameters.id(row.getObject(1, UUID.class));
          look.at(id, row);
          last = Optional.of(id);
        }
      }
      return last;
    }
  }

  private void turn(OperationId id, ResultSet row) throws SQLException {
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
            case State.Running run ->
                !claimed && run.lease().holder().equals(holder) && run.lease().token() == token;
            case State.Ended _ -> false;
          };
      if (!fits || progress.version() + (claimed ? 1 : 0) != version) {
        problems.accept("the turn of operation " + id + " is not what its state says");
      }
      if (call != null) {
        var entry = OperationCodec.queueEntry(id, call, Parameters.instant(dueMicros));
        if (!entry.key().equals(new QueueKey(row.getString(8), row.getString(9)))) {
          problems.accept("the turn of operation " + id + " is in another's queue");
        }
      }
    } catch (CorruptRecordException damaged) {
      // The check of each operation tells it, unless it has no call.
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
        problems.accept("the turn of delivery " + id + " is not what its state says");
      }
    } catch (CorruptRecordException toldBefore) {
      return;
    }
  }

  private static boolean sameQueue(Delivery delivery, ResultSet row) throws SQLException {
    return Objects.equals(delivery.receiver(), row.getString(5))
        && Objects.equals(delivery.tenant(), row.getString(6));
  }

  private void deliveries(PartitionRange span) {
    each(
        "SELECT id FROM %s e WHERE id >= ? AND EXISTS (SELECT 1 FROM delivery_due d WHERE d.id = e.id)"
            .formatted(span.table("delivery_ended")),
        Optional.of(ended.horizon()),
        id -> "delivery " + id + " waits and has ended");
    pages(
        span.table("delivery_ended") + " t",
        "t.id, t.record, t.version",
        (id, row) -> {
          try {
            var delivery = DeliveryCodec.delivery(id, row.getBytes(2));
            if (!delivery.ended() || delivery.version() != row.getLong(3)) {
              problems.accept("delivery " + id + " has not ended and is kept as if it had");
            }
          } catch (CorruptRecordException toldBefore) {
            return;
          }
        });
  }
}
