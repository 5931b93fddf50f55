package dev.backlane.store.postgres.operations;

import dev.backlane.engine.codec.OperationCodec;
import dev.backlane.engine.codec.OperationCodec.Progress;
import dev.backlane.engine.delivery.Delivery;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.operation.SealedCredentials;
import dev.backlane.engine.operation.State;
import dev.backlane.engine.store.commit.GroupCommitter.Journal;
import dev.backlane.engine.store.content.Content;
import dev.backlane.engine.store.search.UnsuccessfulEnd;
import dev.backlane.store.postgres.deliveries.DeliveryRow;
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
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Replaces operations by their next versions, many per statement. Thread-safe.
final class OperationUpdates implements Journal<OperationUpdates.Change, CommandResult<Boolean>> {
  private static final int FIXED_BYTES = 200;

  /// The change of one operation to its next version.
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  record Change(
      OperationId id,
      long from,
      State to,
      byte[] progress,
      BodyReference body,
      Optional<DeliveryRow> delivery) {
    static Change of(Operation from, Operation to, Content response, Optional<Delivery> delivery) {
      return new Change(
          from.id(),
          from.version(),
          to.state(),
          OperationCodec.progress(Progress.of(to)),
          BodyReference.of(response),
          delivery.map(DeliveryRow::of));
    }

    /// The end of an operation of which only its version is known.
    static Change setAside(OperationId id, long version, State.Failed end) {
      return new Change(
          id,
          version,
          end,
          OperationCodec.progress(new Progress(version + 1, end, SealedCredentials.NONE)),
          BodyReference.of(Content.EMPTY),
          Optional.empty());
    }

    long bytes() {
      return FIXED_BYTES
          + (long) progress.length
          + body.inlineBytes()
          + delivery.map(row -> row.record().length).orElse(0);
    }

    boolean ends() {
      return to instanceof State.Ended;
    }
  }

  private final Database database;
  private final Partitions partitions;
  private final InstantSource clock;

  OperationUpdates(Database database, Partitions partitions, InstantSource clock) {
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
    var rounds = rounds(commands);
    var now = clock.instant();
    var recorded =
        partitions.toRecord(
            rounds.stream()
                .flatMap(round -> round.ends.keySet().stream())
                .collect(Collectors.toSet()));
    Database.Work<Set<Change>> apply =
        connection -> {
          for (var range : recorded) {
            partitions.recordEnd(connection, range);
          }
          Set<Change> done = Collections.newSetFromMap(new IdentityHashMap<>());
          for (var round : rounds) {
            round.apply(connection, done);
          }
          return done;
        };
    int statements = recorded.size() + rounds.stream().mapToInt(Round::statements).sum();
    var done = database.commit(statements, apply);
    partitions.recorded(recorded, now);
    return commands.stream().map(done::contains).toList();
  }

  /// Splits commands into rounds, so that the changes of one operation are applied in order: of two
  /// changes of the same version, the first succeeds.
  private List<Round> rounds(List<Change> commands) {
    var rounds = new ArrayList<Round>();
    for (var command : commands) {
      Optional<Round> free =
          rounds.stream().filter(round -> !round.ids.contains(command.id)).findFirst();
      var round =
          free.orElseGet(() -> {
            var next = new Round();
            rounds.add(next);
            return next;
          });
      round.add(command);
    }
    return rounds;
  }

  /// Changes of different operations, which can share statements. For one thread.
  private final class Round {
    private final Set<OperationId> ids = new HashSet<>();
    private final Map<PartitionRange, List<Change>> ends = new LinkedHashMap<>();
    private final List<Change> others = new ArrayList<>();

    void add(Change change) {
      ids.add(change.id);
      if (change.ends()) {
        ends.computeIfAbsent(
                partitions.ensure(Partitions.millis(change.id)), _ -> new ArrayList<>())
            .add(change);
      } else {
        others.add(change);
      }
    }

    int statements() {
      return ends.size() + (others.isEmpty() ? 0 : 1);
    }

    void apply(Connection connection, Set<Change> done) throws SQLException {
      for (var each : ends.entrySet()) {
        end(connection, each.getKey(), each.getValue(), done);
      }
      if (!others.isEmpty()) {
        move(connection, others, done);
      }
    }
  }

  private static void end(
      Connection connection, PartitionRange range, List<Change> changes, Set<Change> done)
      throws SQLException {
    var deliveries = changes.stream().flatMap(change -> change.delivery.stream()).toList();
    try (var write =
        connection.prepareStatement(
            """
            WITH ended AS MATERIALIZED (
              SELECT * FROM unnest(?::uuid[], ?::bigint[], ?::bytea[], ?::bigint[], ?::bytea[], ?::uuid[], ?::bigint[])
                AS row (id, version, progress, unsuccessful, body, spool, spool_length)
            ), gone AS (
              DELETE FROM active_operation USING ended
                WHERE active_operation.id = ended.id AND active_operation.version = ended.version RETURNING active_operation.id
            ), reported AS (
              INSERT INTO delivery_due (id, receiver, tenant, version, due_micros, record)
              SELECT row.* FROM unnest(?::uuid[], ?::text[], ?::text[], ?::bigint[], ?::bigint[], ?::bytea[])
                AS row (id, receiver, tenant, version, due_micros, record) JOIN gone ON gone.id = row.id
            )
            INSERT INTO %s (id, progress, unsuccessful, body, spool, spool_length)
              SELECT ended.id, progress, unsuccessful, body, spool, spool_length FROM ended JOIN gone ON gone.id = ended.id
              RETURNING id\
            """
                .formatted(range.table("outcome")))) {
      var written =
          new Parameters(write)
              .uuids(changes, change -> Parameters.uuid(change.id))
              .numbers(changes, Change::from)
              .bytes(changes, Change::progress)
              .numbers(changes, change -> (long) UnsuccessfulEnd.of(change.to))
              .bytes(changes, change -> change.body.bytes())
              .uuids(changes, change -> change.body.spool())
              .numbers(changes, change -> change.body.length())
              .uuids(deliveries, row -> Parameters.uuid(row.id()))
              .texts(deliveries, DeliveryRow::receiver)
              .texts(deliveries, DeliveryRow::tenant)
              .numbers(deliveries, DeliveryRow::version)
              .numbers(deliveries, DeliveryRow::dueMicros)
              .bytes(deliveries, DeliveryRow::record)
              .written();
      note(written, changes, done);
    }
  }

  private static void move(Connection connection, List<Change> changes, Set<Change> done)
      throws SQLException {
    try (var write =
        connection.prepareStatement(
            """
            UPDATE active_operation SET version = row.version + 1, due_micros = row.due_micros, holder = row.holder,
                token = row.token, claimed_micros = NULL, attention = row.attention, progress = row.progress
              FROM unnest(?::uuid[], ?::bigint[], ?::bigint[], ?::text[], ?::bigint[], ?::bigint[], ?::bytea[])
                AS row (id, version, due_micros, holder, token, attention, progress)
              WHERE active_operation.id = row.id AND active_operation.version = row.version RETURNING active_operation.id\
            """)) {
      var written =
          new Parameters(write)
              .uuids(changes, change -> Parameters.uuid(change.id))
              .numbers(changes, Change::from)
              .numbers(changes, change -> Parameters.dueMicros(change.to))
              .texts(changes, change -> holder(change.to))
              .numbers(changes, change -> token(change.to))
              .numbers(changes, change -> OperationAttention.of(change.to))
              .bytes(changes, Change::progress)
              .written();
      note(written, changes, done);
    }
  }

  private static @Nullable String holder(State state) {
    return state instanceof State.Running run ? run.lease().holder() : null;
  }

  private static @Nullable Long token(State state) {
    return state instanceof State.Running run ? run.lease().token() : null;
  }

  private static void note(Set<OperationId> written, List<Change> changes, Set<Change> done) {
    changes.stream().filter(change -> written.contains(change.id)).forEach(done::add);
  }
}
