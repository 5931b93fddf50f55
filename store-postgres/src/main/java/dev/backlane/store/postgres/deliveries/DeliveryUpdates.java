package dev.backlane.store.postgres.deliveries;

import dev.backlane.engine.codec.DeliveryCodec;
import dev.backlane.engine.delivery.Delivery;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.store.commit.GroupCommitter.Journal;
import dev.backlane.store.postgres.partition.PartitionRange;
import dev.backlane.store.postgres.partition.Partitions;
import dev.backlane.store.postgres.sql.CommandResult;
import dev.backlane.store.postgres.sql.Database;
import dev.backlane.store.postgres.sql.Parameters;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Set;

/// Replaces deliveries by their next versions, many per statement. Thread-safe.
final class DeliveryUpdates implements Journal<DeliveryUpdates.Change, CommandResult<Boolean>> {
  private static final int FIXED_BYTES = 200;

  /// The change of one delivery to its next version.
  ///
  /// @param record the stored form of `to`
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  record Change(Delivery from, Delivery to, byte[] record) {
    static Change of(Delivery from, Delivery to) {
      return new Change(from, to, DeliveryCodec.bytes(to));
    }

    OperationId id() {
      return from.id();
    }

    long bytes() {
      return FIXED_BYTES + (long) record.length;
    }

    private DeliveryRow row() {
      return DeliveryRow.of(to, record);
    }
  }

  private final Database database;
  private final Partitions partitions;
  private final InstantSource clock;

  DeliveryUpdates(Database database, Partitions partitions, InstantSource clock) {
    this.database = database;
    this.partitions = partitions;
    this.clock = clock;
  }

  @Override
  public List<CommandResult<Boolean>> commit(List<Change> commands) {
    return CommandResult.executeEach(
        commands, all -> partitions.retryIfDropped(() -> changed(all)));
  }

  private List<Boolean> changed(List<Change> commands) {
    var ids = new HashSet<OperationId>();
    var ends = new LinkedHashMap<PartitionRange, List<Change>>();
    var waits = new ArrayList<Change>();
    var others = new ArrayList<Change>();
    for (var command : commands) {
      if (!ids.add(command.id()) || command.from.ended()) {
        others.add(command);
      } else if (command.to.ended()) {
        ends.computeIfAbsent(range(command), _ -> new ArrayList<>()).add(command);
      } else {
        waits.add(command);
      }
    }
    var now = clock.instant();
    var ended = new HashSet<>(ends.keySet());
    others.stream().filter(other -> other.to.ended()).forEach(other -> ended.add(range(other)));
    var recorded = partitions.toRecord(ended);
    Database.Work<Set<Change>> apply =
        connection -> {
          for (var range : recorded) {
            partitions.recordEnd(connection, range);
          }
          Set<Change> done = Collections.newSetFromMap(new IdentityHashMap<>());
          for (var each : ends.entrySet()) {
            end(connection, each.getKey(), each.getValue(), done);
          }
          if (!waits.isEmpty()) {
            wait(connection, waits, done);
          }
          for (var other : others) {
            applySeparately(connection, other, done);
          }
          return done;
        };
    int statements = recorded.size() + ends.size() + (waits.isEmpty() ? 0 : 1) + others.size();
    var done = database.commit(statements, apply);
    partitions.recorded(recorded, now);
    return commands.stream().map(done::contains).toList();
  }

  private PartitionRange range(Change change) {
    return partitions.ensure(Partitions.millis(change.id()));
  }

  /// Applies a change with a separate statement. For the rare cases: a redelivery after the end,
  /// and several changes of one delivery in a batch.
  private void applySeparately(Connection connection, Change change, Set<Change> done)
      throws SQLException {
    if (change.from.ended()) {
      begin(connection, change, done);
    } else if (change.to.ended()) {
      end(connection, range(change), List.of(change), done);
    } else {
      wait(connection, List.of(change), done);
    }
  }

  private static void end(
      Connection connection, PartitionRange range, List<Change> changes, Set<Change> done)
      throws SQLException {
    try (var write =
        connection.prepareStatement(
            """
            WITH gone AS (
              DELETE FROM delivery_due d USING unnest(?::uuid[], ?::bigint[]) AS row (id, version)
                WHERE d.id = row.id AND d.version = row.version RETURNING d.id
            )
            INSERT INTO %s (id, version, record)
              SELECT row.* FROM unnest(?::uuid[], ?::bigint[], ?::bytea[]) AS row (id, version, record)
                JOIN gone ON gone.id = row.id RETURNING id\
            """
                .formatted(range.table("delivery_ended")))) {
      var written =
          new Parameters(write)
              .uuids(changes, change -> Parameters.uuid(change.id()))
              .numbers(changes, change -> change.from.version())
              .uuids(changes, change -> Parameters.uuid(change.id()))
              .numbers(changes, change -> change.to.version())
              .bytes(changes, Change::record)
              .written();
      note(written, changes, done);
    }
  }

  private static void wait(Connection connection, List<Change> changes, Set<Change> done)
      throws SQLException {
    var rows = changes.stream().map(Change::row).toList();
    try (var write =
        connection.prepareStatement(
            """
            UPDATE delivery_due d SET version = row.version, due_micros = row.due_micros, in_flight_until = NULL,
                record = row.record
              FROM unnest(?::uuid[], ?::bigint[], ?::bigint[], ?::bytea[]) AS row (id, version, due_micros, record)
              WHERE d.id = row.id AND d.version = row.version - 1 RETURNING d.id\
            """)) {
      var written =
          new Parameters(write)
              .uuids(rows, row -> Parameters.uuid(row.id()))
              .numbers(rows, DeliveryRow::version)
              .numbers(rows, DeliveryRow::dueMicros)
              .bytes(rows, DeliveryRow::record)
              .written();
      note(written, changes, done);
    }
  }

  private void begin(Connection connection, Change change, Set<Change> done) throws SQLException {
    if (change.to.ended()) {
      throw new IllegalStateException("delivery " + change.id() + " ended twice");
    }
    var range = partitions.find(Partitions.millis(change.id()));
    if (range.isEmpty()) {
      // Pruned.
      return;
    }
    try (var write =
        connection.prepareStatement(
            """
            WITH gone AS (DELETE FROM %s WHERE id = ? AND version = ? RETURNING id)
            INSERT INTO delivery_due (id, receiver, tenant, version, due_micros, record)
              SELECT id, ?, ?, ?, ?, ? FROM gone RETURNING id\
            """
                .formatted(range.get().table("delivery_ended")))) {
      var row = change.row();
      var written =
          new Parameters(write)
              .id(change.id())
              .number(change.from.version())
              .text(row.receiver())
              .text(row.tenant())
              .number(row.version())
              .number(row.dueMicros())
              .bytes(row.record())
              .written();
      note(written, List.of(change), done);
    }
  }

  private static void note(Set<OperationId> written, List<Change> changes, Set<Change> done) {
    changes.stream().filter(change -> written.contains(change.id())).forEach(done::add);
  }
}
