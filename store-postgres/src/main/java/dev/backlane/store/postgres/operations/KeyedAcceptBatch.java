package dev.backlane.store.postgres.operations;

import dev.backlane.engine.codec.CallerDigests;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.store.Acceptance;
import dev.backlane.engine.store.IdempotencyKey;
import dev.backlane.engine.store.StoreException;
import dev.backlane.engine.store.commit.GroupCommitter.Journal;
import dev.backlane.store.postgres.partition.PartitionGroup;
import dev.backlane.store.postgres.partition.PartitionRange;
import dev.backlane.store.postgres.partition.Partitions;
import dev.backlane.store.postgres.sql.CommandResult;
import dev.backlane.store.postgres.sql.Database;
import dev.backlane.store.postgres.sql.Parameters;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Stores new operations that carry an idempotency key. A key lies in the partition of the day on which it was used. Two uses
/// that may not see each other are at most minutes apart, so around midnight a key is put into both days, and one of the two
/// fails on it. Thread-safe.
final class KeyedAcceptBatch
    implements Journal<KeyedAcceptBatch.Accept, CommandResult<Acceptance>> {
  /// How far around midnight: much more than a transaction may take and clocks may differ.
  private static final Duration AROUND_MIDNIGHT = Duration.ofMinutes(10);

  private static final int LOST_RACES_MAX = 20;

  private static final Logger LOG = LoggerFactory.getLogger(KeyedAcceptBatch.class);

  /// Somebody else used a key of the batch at the same moment; nothing is written, and the next look sees it.
  private static final class RaceLostException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    RaceLostException() {
      super("a key was used at the same moment", null, false, false);
    }
  }

  /// A key's digest, as text so that it can be looked up.
  record Digest(String hex) implements Comparable<Digest> {
    static Digest of(byte[] digest) {
      return new Digest(HexFormat.of().formatHex(digest));
    }

    byte[] bytes() {
      return HexFormat.of().parseHex(hex);
    }

    @Override
    public int compareTo(Digest other) {
      return hex.compareTo(other.hex);
    }
  }

  /// A new operation and its key.
  record Accept(AcceptBatch.Row row, Digest digest, IdempotencyKey key) {
    static Accept of(AcceptBatch.Row row, IdempotencyKey key) {
      var caller = row.operation().caller();
      return new Accept(row, Digest.of(CallerDigests.idempotency(caller, key.key())), key);
    }

    long bytes() {
      return row.bytes();
    }

    Acceptance firstOf(Accept later) {
      return acceptance(row.id(), key.fingerprint(), later.key);
    }
  }

  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  private record Use(OperationId first, byte[] fingerprint, boolean active) {}

  private final Database database;
  private final AcceptBatch accepts;
  private final Partitions operations;
  private final Partitions keys;
  private final InstantSource clock;

  KeyedAcceptBatch(
      Database database,
      AcceptBatch accepts,
      Partitions operations,
      Partitions keys,
      InstantSource clock) {
    this.database = database;
    this.accepts = accepts;
    this.operations = operations;
    this.keys = keys;
    this.clock = clock;
  }

  @Override
  public List<CommandResult<Acceptance>> commit(List<Accept> commands) {
    return CommandResult.toEach(
        commands, all -> keys.naming(() -> operations.naming(() -> stored(all))));
  }

  private List<Acceptance> stored(List<Accept> commands) {
    for (int lost = 0; lost < LOST_RACES_MAX; lost++) {
      var now = clock.instant();
      var days = new Days(commands, now);
      var bySpan = accepts.bySpan(commands.stream().map(Accept::row).toList());
      try {
        return database.inTransaction(connection -> stored(connection, commands, days, bySpan));
      } catch (RaceLostException again) {
        LOG.debug("{}", again.getMessage());
      }
    }
    throw new StoreException("idempotency keys are used by too many at once; try again");
  }

  /// The days in which keys are looked for, and those into which they are put.
  private final class Days {
    private final List<PartitionRange> lookedAt = new ArrayList<>();
    private final List<PartitionRange> written = new ArrayList<>();

    Days(List<Accept> commands, Instant now) {
      var write = new TreeSet<Long>();
      for (var time : List.of(now.minus(AROUND_MIDNIGHT), now, now.plus(AROUND_MIDNIGHT))) {
        write.add(day(time.toEpochMilli()));
      }
      var since =
          commands.stream()
              .map(command -> command.key.validSince())
              .min(Instant::compareTo)
              .orElse(now);
      for (long day : write) {
        written.add(keys.ensure(day * PartitionGroup.DAY.toMillis()));
      }
      // What others have made; days that nobody used have no partition.
      lookedAt.addAll(keys.endingAfter(Math.max(since.toEpochMilli(), operations.cutoffMillis())));
    }

    private static long day(long millis) {
      return millis / PartitionGroup.DAY.toMillis();
    }
  }

  private List<Acceptance> stored(
      Connection connection,
      List<Accept> commands,
      Days days,
      Map<PartitionRange, List<AcceptBatch.Row>> bySpan)
      throws SQLException {
    var uses = uses(connection, days, commands.stream().map(Accept::digest).distinct().toList());
    var first = new TreeMap<Digest, Accept>();
    var answers = new ArrayList<Acceptance>(commands.size());
    for (var command : commands) {
      // Of two calls in one batch the first one counts.
      var taken =
          taken(uses.getOrDefault(command.digest, List.of()), command.key)
              .or(() ->
                  Optional.ofNullable(first.get(command.digest))
                      .map(winner -> winner.firstOf(command)));
      if (taken.isEmpty()) {
        first.put(command.digest, command);
      }
      answers.add(taken.orElseGet(Acceptance.Stored::new));
    }
    if (!first.isEmpty()) {
      for (var day : days.written) {
        use(connection, day, first, uses);
      }
      var ids = first.values().stream().map(each -> each.row.id()).collect(Collectors.toSet());
      var stored = new HashMap<PartitionRange, List<AcceptBatch.Row>>();
      bySpan.forEach((span, rows) -> {
        var kept = rows.stream().filter(row -> ids.contains(row.id())).toList();
        if (!kept.isEmpty()) {
          stored.put(span, kept);
        }
      });
      AcceptBatch.insert(connection, stored);
    }
    return answers;
  }

  private Optional<Acceptance> taken(List<Use> uses, IdempotencyKey key) {
    return uses.stream()
        .filter(use -> !use.first.receivedAt().isBefore(key.validSince()))
        .filter(use -> use.active || !operations.forgotten(use.first))
        .findFirst()
        .map(use -> acceptance(use.first, use.fingerprint, key));
  }

  private static Acceptance acceptance(OperationId first, byte[] fingerprint, IdempotencyKey key) {
    return Arrays.equals(fingerprint, key.fingerprint())
        ? new Acceptance.Repeated(first)
        : new Acceptance.KeyReused(first);
  }

  /// The day of a partition, as its rows have it.
  private static long number(PartitionRange day) {
    return day.fromMillis() / PartitionGroup.DAY.toMillis();
  }

  private static Map<Digest, List<Use>> uses(Connection connection, Days days, List<Digest> digests)
      throws SQLException {
    var each =
        days.lookedAt.stream()
            .map(day ->
                // The day leads the index: without it, all keys of the day would be gone through.
                "SELECT digest, first, fingerprint FROM %s WHERE day = %d AND digest = ANY (?)"
                    .formatted(day.table("idempotency_key"), number(day)))
            .collect(Collectors.joining(" UNION ALL "));
    try (var ask =
        connection.prepareStatement(
            "SELECT digest, first, fingerprint, EXISTS (SELECT 1 FROM turn t WHERE t.id = first) FROM ("
                + each
                + ") used")) {
      var parameters = new Parameters(ask);
      for (int i = 0; i < days.lookedAt.size(); i++) {
        parameters.bytes(digests, Digest::bytes);
      }
      var uses = new HashMap<Digest, List<Use>>();
      try (var row = ask.executeQuery()) {
        while (row.next()) {
          uses.computeIfAbsent(Digest.of(row.getBytes(1)), _ -> new ArrayList<>())
              .add(
                  new Use(
                      Parameters.id(row.getObject(2, UUID.class)),
                      row.getBytes(3),
                      row.getBoolean(4)));
        }
      }
      return uses;
    }
  }

  /// Puts keys into a day, in the order of their digests, so that no two of these wait for each other. A use that does not
  /// count any more gives way.
  private static void use(
      Connection connection,
      PartitionRange day,
      SortedMap<Digest, Accept> first,
      Map<Digest, List<Use>> over)
      throws SQLException {
    var table = day.table("idempotency_key");
    long number = number(day);
    var rows = List.copyOf(first.entrySet());
    var givingWay = new ArrayList<OperationId>();
    for (var digest : first.keySet()) {
      over.getOrDefault(digest, List.of()).forEach(use -> givingWay.add(use.first));
    }
    try (var write =
        connection.prepareStatement(
            """
            INSERT INTO %s AS k (day, digest, first, fingerprint)
            SELECT ?, digest, first, fingerprint
              FROM unnest(?::bytea[], ?::uuid[], ?::bytea[]) AS used (digest, first, fingerprint) ORDER BY digest
            ON CONFLICT (day, digest) DO UPDATE SET first = excluded.first, fingerprint = excluded.fingerprint
              WHERE k.first = ANY (?)\
            """
                .formatted(table))) {
      new Parameters(write)
          .count((int) number)
          .bytes(rows, row -> row.getKey().bytes())
          .uuids(rows, row -> Parameters.uuid(row.getValue().row.id()))
          .bytes(rows, row -> row.getValue().key.fingerprint())
          .ids(givingWay);
      if (write.executeUpdate() != rows.size()) {
        throw new RaceLostException();
      }
    }
  }
}
