package dev.backlane.store.postgres.operations;

import dev.backlane.engine.codec.OperationCodec;
import dev.backlane.engine.codec.OperationCodec.Progress;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.operation.State;
import dev.backlane.engine.store.Acceptance;
import dev.backlane.engine.store.commit.GroupCommitter.Journal;
import dev.backlane.engine.store.content.Content;
import dev.backlane.store.postgres.partition.PartitionRange;
import dev.backlane.store.postgres.partition.Partitions;
import dev.backlane.store.postgres.sql.CommandResult;
import dev.backlane.store.postgres.sql.Database;
import dev.backlane.store.postgres.sql.Parameters;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Stores new operations, many per statement. Thread-safe.
final class AcceptBatch implements Journal<AcceptBatch.Row, CommandResult<Acceptance>> {
  private static final int FIXED_BYTES = 200;

  /// A new operation's rows.
  ///
  /// @param dueMicros 0 if it is running
  /// @param holder null if it is queued
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  record Row(
      Operation operation,
      OwnerDigests owners,
      byte[] call,
      byte[] progress,
      BodyReference body,
      long dueMicros,
      @Nullable String holder,
      @Nullable Long token) {
    static Row of(Operation operation, Content request) {
      var lease = operation.state() instanceof State.Running run ? run.lease() : null;
      return new Row(
          operation,
          OwnerDigests.of(operation.caller()),
          OperationCodec.call(operation),
          OperationCodec.progress(Progress.of(operation)),
          BodyReference.of(request),
          Parameters.dueMicros(operation.state()),
          lease == null ? null : lease.holder(),
          lease == null ? null : lease.token());
    }

    long bytes() {
      return FIXED_BYTES + (long) call.length + progress.length + body.inlineBytes();
    }

    OperationId id() {
      return operation.id();
    }
  }

  private final Database database;
  private final Partitions partitions;

  AcceptBatch(Database database, Partitions partitions) {
    this.database = database;
    this.partitions = partitions;
  }

  @Override
  public List<CommandResult<Acceptance>> commit(List<Row> rows) {
    return CommandResult.executeEach(rows, all -> partitions.retryIfDropped(() -> stored(all)));
  }

  private List<Acceptance> stored(List<Row> rows) {
    var byRange = byRange(rows);
    database.commit(
        byRange.size(),
        connection -> {
          insert(connection, byRange);
          return true;
        });
    return Collections.nCopies(rows.size(), new Acceptance.Stored());
  }

  /// Groups rows by partition. Missing partitions are created.
  Map<PartitionRange, List<Row>> byRange(List<Row> rows) {
    var byRange = new LinkedHashMap<PartitionRange, List<Row>>();
    for (var row : rows) {
      byRange
          .computeIfAbsent(partitions.ensure(Partitions.millis(row.id())), _ -> new ArrayList<>())
          .add(row);
    }
    return byRange;
  }

  /// Writes rows.
  static void insert(Connection connection, Map<PartitionRange, List<Row>> byRange)
      throws SQLException {
    for (var each : byRange.entrySet()) {
      insert(connection, each.getKey(), each.getValue());
    }
  }

  private static void insert(Connection connection, PartitionRange range, List<Row> rows)
      throws SQLException {
    try (var write =
        connection.prepareStatement(
            """
            WITH accepted AS MATERIALIZED (
              SELECT * FROM unnest(?::uuid[], ?::uuid[], ?::uuid[], ?::uuid[], ?::bytea[], ?::bytea[], ?::uuid[], ?::bigint[],
                  ?::text[], ?::text[], ?::bigint[], ?::text[], ?::bigint[], ?::bytea[])
                AS row (id, tenant_digest, client_digest, subject_digest, record, body, spool, spool_length,
                  tenant, route, due_micros, holder, token, progress)
            ), called AS (
              INSERT INTO %s (id, tenant_digest, client_digest, subject_digest, record, body, spool, spool_length)
              SELECT id, tenant_digest, client_digest, subject_digest, record, body, spool, spool_length FROM accepted
            )
            INSERT INTO active_operation (id, tenant, route, version, due_micros, holder, token, progress)
            SELECT id, tenant, route, 0, due_micros, holder, token, progress FROM accepted\
            """
                .formatted(range.table("call")))) {
      new Parameters(write)
          .uuids(rows, row -> Parameters.uuid(row.id()))
          .uuids(rows, row -> row.owners.tenant())
          .uuids(rows, row -> row.owners.client())
          .uuids(rows, row -> row.owners.subject())
          .bytes(rows, Row::call)
          .bytes(rows, row -> row.body.bytes())
          .uuids(rows, row -> row.body.spool())
          .numbers(rows, row -> row.body.length())
          .texts(rows, row -> row.operation.caller().tenant())
          .texts(rows, row -> row.operation.route())
          .numbers(rows, Row::dueMicros)
          .texts(rows, Row::holder)
          .numbers(rows, Row::token)
          .bytes(rows, Row::progress);
      write.executeUpdate();
    }
  }
}
