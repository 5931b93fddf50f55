package dev.backlane.store.postgres.operations;

import dev.backlane.engine.codec.CorruptRecordException;
import dev.backlane.engine.codec.DamageLog;
import dev.backlane.engine.codec.OperationCodec;
import dev.backlane.engine.codec.OperationCodec.Progress;
import dev.backlane.engine.operation.Lease;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.store.LeasedOperation;
import dev.backlane.engine.store.cache.ClaimedBodies;
import dev.backlane.engine.store.queue.Permits;
import dev.backlane.engine.store.queue.QueueKey;
import dev.backlane.store.postgres.origin.PostgresOrigin;
import dev.backlane.store.postgres.queue.QueueClaims;
import dev.backlane.store.postgres.queue.QueueTable;
import dev.backlane.store.postgres.queue.UnreadableRows;
import dev.backlane.store.postgres.sql.Database;
import dev.backlane.store.postgres.sql.Parameters;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;

/// Claims due operations and reads them, with their request bodies. One that cannot be read is left
/// to a takeover, which ends it. Thread-safe.
final class OperationClaims {
  private final Database database;
  private final QueueClaims claims;
  private final OperationRows rows;
  private final ClaimedBodies bodies;
  private final DamageLog damage;

  /// @param bodies keeps the request bodies of the operations that are claimed
  OperationClaims(Database database, QueueClaims claims, OperationRows rows, ClaimedBodies bodies) {
    this.database = database;
    this.claims = claims;
    this.rows = rows;
    this.bodies = bodies;
    this.damage = database.damage();
  }

  List<Operation> claim(int max, Permits permits, Lease lease, Instant now) {
    long nowMicros = Parameters.micros(now);
    var taken =
        claims.claim(
            max,
            permits,
            nowMicros,
            (connection, plan) -> take(connection, plan, lease, nowMicros));
    if (taken.isEmpty()) {
      return List.of();
    }
    taken.forEach(each -> claims.adjustCount(each.group.owner(), -1));
    return operations(taken, permits, nowMicros);
  }

  private record Taken(OperationId id, QueueKey group, Progress progress) {}

  private List<QueueClaims.Claimed<Taken>> take(
      Connection connection, Map<QueueKey, Integer> plan, Lease lease, long nowMicros)
      throws SQLException {
    var due =
        new UnreadableRows.Due(
            QueueTable.OPERATIONS, "progress", PostgresOrigin.ADOPTED, plan, nowMicros);
    return UnreadableRows.setAside(
        connection,
        due,
        () -> takeAll(connection, plan, lease, nowMicros),
        (unreadable, failed) -> {
          unreadable.forEach(id -> damage.report(id, failed));
          leaveToTakeover(connection, unreadable, nowMicros);
        });
  }

  private List<QueueClaims.Claimed<Taken>> takeAll(
      Connection connection, Map<QueueKey, Integer> plan, Lease lease, long nowMicros)
      throws SQLException {
    var unreadable = new ArrayList<OperationId>();
    try (var write =
        connection.prepareStatement(
            QueueTable.OPERATIONS.lockDueRows(PostgresOrigin.ADOPTED)
                + """

                UPDATE active_operation t SET version = t.version + 1, holder = ?, token = ?, claimed_micros = ?
                  WHERE t.id = %s
                  RETURNING t.id, t.tenant, t.route, t.due_micros, t.progress, t.version, t.holder, t.token, t.claimed_micros\
                """
                    .formatted(QueueTable.ANY_PICKED))) {
      QueueClaims.planParameters(new Parameters(write), plan)
          .number(nowMicros)
          .text(lease.holder())
          .number(lease.token())
          .number(nowMicros);
      var taken = new ArrayList<QueueClaims.Claimed<Taken>>();
      try (var row = write.executeQuery()) {
        while (row.next()) {
          var id = Parameters.id(row.getObject(1, UUID.class));
          var group = new QueueKey(row.getString(2), row.getString(3));
          try {
            var progress = OperationRows.progress(row, 5);
            taken.add(
                new QueueClaims.Claimed<>(
                    group, row.getLong(4), id, new Taken(id, group, progress)));
          } catch (CorruptRecordException damaged) {
            damage.report(id, damaged);
            unreadable.add(id);
          }
        }
      }
      if (!unreadable.isEmpty()) {
        leaveToTakeover(connection, unreadable, nowMicros);
      }
      return taken;
    }
  }

  /// Makes [PostgresOperationStore#held] return operations that cannot be read, whether they are
  /// claimed or not.
  private static void leaveToTakeover(
      Connection connection, List<OperationId> unreadable, long nowMicros) throws SQLException {
    try (var write =
        connection.prepareStatement(
            """
            UPDATE active_operation SET version = version + CASE WHEN holder IS NULL THEN 1 ELSE 0 END,
                claimed_micros = COALESCE(claimed_micros, ?), holder = ?, token = ?
              WHERE id = ANY (?)\
            """)) {
      new Parameters(write)
          .number(nowMicros)
          .text(LeasedOperation.NO_HOLDER.holder())
          .number(LeasedOperation.NO_HOLDER.token())
          .ids(unreadable);
      write.executeUpdate();
    }
  }

  /// Reads the claimed operations. If this fails, they remain running under the lease, and
  /// [PostgresOperationStore#held] reports them to its holder.
  private List<Operation> operations(List<Taken> taken, Permits permits, long nowMicros) {
    var missing = new ArrayList<>(taken);
    try {
      var calls = rows.calls(taken.stream().map(Taken::id).toList(), bodies);
      var started = new ArrayList<Operation>(taken.size());
      var unreadable = new ArrayList<OperationId>();
      for (var each : taken) {
        try {
          started.add(OperationCodec.operation(each.id, call(calls, each.id), each.progress));
          missing.remove(each);
        } catch (CorruptRecordException damaged) {
          damage.report(each.id, damaged);
          unreadable.add(each.id);
        }
      }
      if (!unreadable.isEmpty()) {
        database.use(connection -> {
          leaveToTakeover(connection, unreadable, nowMicros);
          return true;
        });
      }
      return started;
    } finally {
      missing.forEach(each -> permits.release(each.group));
    }
  }

  private static byte[] call(Map<OperationId, byte[]> calls, OperationId id)
      throws CorruptRecordException {
    byte[] call = calls.get(id);
    if (call == null) {
      throw new CorruptRecordException("the call of operation " + id + " is missing");
    }
    return call;
  }
}
