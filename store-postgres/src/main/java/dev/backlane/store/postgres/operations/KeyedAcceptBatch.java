package dev.backlane.store.postgres.operations;

import dev.backlane.engine.codec.CallerDigests;
import dev.backlane.engine.codec.CorruptRecordException;
import dev.backlane.engine.codec.OperationCodec;
import dev.backlane.engine.operation.Caller;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.store.Acceptance;
import dev.backlane.engine.store.IdempotencyKey;
import dev.backlane.engine.store.commit.GroupCommitter.Journal;
import dev.backlane.engine.store.failure.StoreException;
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
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.UUID;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Stores new operations that have an idempotency key. A key is stored in the partition of the day
/// on which it was used. Two uses that may not see each other are at most minutes apart, so around
/// midnight a key is stored in both days, and one of the two uses fails on the unique index.
/// Thread-safe.
final class KeyedAcceptBatch
    implements Journal<KeyedAcceptBatch.Accept, CommandResult<Acceptance>> {
  /// The time before and after midnight in which keys are stored in both days, 10 min: much longer
  /// than a transaction takes, and than clocks differ.
  private static final Duration MIDNIGHT_MARGIN = Duration.ofMinutes(10);

  private static final int CONFLICTS_MAX = 20;
  private static final NavigableMap<Long, PartitionRange> NONE = new TreeMap<>();

  private static final Logger LOG = LoggerFactory.getLogger(KeyedAcceptBatch.class);

  /// Thrown if another transaction used a key of the batch concurrently. Nothing was written; the
  /// next attempt reads that use.
  private static final class KeyConflictException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    KeyConflictException() {
      super(
          "another transaction used an idempotency key of this batch at the same moment",
          null,
          false,
          false);
    }
  }

  /// The digest of a key in hexadecimal, so that it can be the key of a map.
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
  ///
  /// @param other see [CallerDigests.KeyDigests]
  record Accept(AcceptBatch.Row row, Digest digest, Optional<Digest> other, IdempotencyKey key) {
    static Accept of(AcceptBatch.Row row, IdempotencyKey key) {
      var digests = CallerDigests.idempotency(row.operation().caller(), key.key(), key.ownership());
      return new Accept(row, Digest.of(digests.own()), digests.other().map(Digest::of), key);
    }

    Stream<Digest> digests() {
      return Stream.concat(Stream.of(digest), other.stream());
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
    return CommandResult.executeEach(
        commands, all -> keys.retryIfDropped(() -> operations.retryIfDropped(() -> stored(all))));
  }

  private List<Acceptance> stored(List<Accept> commands) {
    for (int conflicts = 0; conflicts < CONFLICTS_MAX; conflicts++) {
      var now = clock.instant();
      var days = new Days(now);
      var byRange = accepts.byRange(commands.stream().map(Accept::row).toList());
      try {
        return database.inTransaction(connection -> stored(connection, commands, days, byRange));
      } catch (KeyConflictException again) {
        LOG.debug("{}", again.getMessage());
      }
    }
    throw new StoreException(
        "idempotency keys of this batch are in use by too many concurrent calls; try again");
  }

  /// The day partitions in which keys are looked up, and those in which they are stored.
  private final class Days {
    private final List<PartitionRange> searched = new ArrayList<>();
    private final List<PartitionRange> written = new ArrayList<>();

    Days(Instant now) {
      var write = new TreeSet<Long>();
      for (var time : List.of(now.minus(MIDNIGHT_MARGIN), now, now.plus(MIDNIGHT_MARGIN))) {
        write.add(day(time.toEpochMilli()));
      }
      for (long day : write) {
        written.add(keys.ensure(day * PartitionGroup.DAY.toMillis()));
      }
      // Includes partitions that other nodes created. Days without used keys have no partition.
      searched.addAll(keys.endingAfter(0));
    }

    private static long day(long millis) {
      return millis / PartitionGroup.DAY.toMillis();
    }
  }

  private List<Acceptance> stored(
      Connection connection,
      List<Accept> commands,
      Days days,
      Map<PartitionRange, List<AcceptBatch.Row>> byRange)
      throws SQLException {
    var uses =
        uses(connection, days, commands.stream().flatMap(Accept::digests).distinct().toList());
    var existing = uses.isEmpty() ? NONE : operations.read(connection);
    var others = usesOfCaller(connection, commands, uses, existing);
    var first = new TreeMap<Digest, Accept>();
    var results = new ArrayList<Acceptance>(commands.size());
    for (var command : commands) {
      // If two calls of a batch have the same key, the first one is stored.
      var taken =
          taken(others.getOrDefault(command, List.of()), command.key, existing)
              .or(() -> taken(uses.getOrDefault(command.digest, List.of()), command.key, existing))
              .or(() ->
                  Optional.ofNullable(first.get(command.digest))
                      .map(winner -> winner.firstOf(command)));
      if (taken.isEmpty()) {
        first.put(command.digest, command);
      }
      results.add(taken.orElseGet(Acceptance.Stored::new));
    }
    if (!first.isEmpty()) {
      for (var day : days.written) {
        use(connection, day, first, uses);
      }
      var ids = first.values().stream().map(each -> each.row.id()).collect(Collectors.toSet());
      var stored = new HashMap<PartitionRange, List<AcceptBatch.Row>>();
      byRange.forEach((range, rows) -> {
        var kept = rows.stream().filter(row -> ids.contains(row.id())).toList();
        if (!kept.isEmpty()) {
          stored.put(range, kept);
        }
      });
      AcceptBatch.insert(connection, stored);
    }
    return results;
  }

  /// The uses of the other digests of keys, by the same caller.
  private static IdentityHashMap<Accept, List<Use>> usesOfCaller(
      Connection connection,
      List<Accept> commands,
      Map<Digest, List<Use>> uses,
      NavigableMap<Long, PartitionRange> existing)
      throws SQLException {
    var ofCaller = new IdentityHashMap<Accept, List<Use>>();
    for (var command : commands) {
      if (command.other.isEmpty()) {
        continue;
      }
      var found = uses.getOrDefault(command.other.get(), List.of());
      var kept = new ArrayList<Use>();
      for (var use : found) {
        var range = Partitions.covering(existing, Partitions.millis(use.first));
        if (range.isPresent()
            && isOf(connection, range.get(), use.first, command.row.operation().caller())) {
          kept.add(use);
        }
      }
      ofCaller.put(command, kept);
    }
    return ofCaller;
  }

  private static boolean isOf(
      Connection connection, PartitionRange range, OperationId id, Caller caller)
      throws SQLException {
    var call = OperationRows.call(connection, range, id);
    try {
      return call.isPresent() && OperationCodec.caller(call.get()).equals(caller);
    } catch (CorruptRecordException damaged) {
      LOG.debug("operation {} cannot be read", id, damaged);
      return false;
    }
  }

  /// @param existing the partitions of operations: an operation exists as long as its partition
  private static Optional<Acceptance> taken(
      List<Use> uses, IdempotencyKey key, NavigableMap<Long, PartitionRange> existing) {
    return uses.stream()
        .filter(use ->
            use.active || Partitions.covering(existing, Partitions.millis(use.first)).isPresent())
        .findFirst()
        .map(use -> acceptance(use.first, use.fingerprint, key));
  }

  private static Acceptance acceptance(OperationId first, byte[] fingerprint, IdempotencyKey key) {
    return Arrays.equals(fingerprint, key.fingerprint())
        ? new Acceptance.Repeated(first)
        : new Acceptance.KeyReused(first);
  }

  /// The day of a partition, as stored in its rows.
  private static long number(PartitionRange day) {
    return day.fromMillis() / PartitionGroup.DAY.toMillis();
  }

  private static Map<Digest, List<Use>> uses(Connection connection, Days days, List<Digest> digests)
      throws SQLException {
    var each =
        days.searched.stream()
            .map(day ->
                // The day is the first column of the index: without it, all keys of the day would
                // be scanned.
                "SELECT digest, first, fingerprint FROM %s WHERE day = %d AND digest = ANY (?)"
                    .formatted(day.table("idempotency_key"), number(day)))
            .collect(Collectors.joining(" UNION ALL "));
    try (var query =
        connection.prepareStatement(
            "SELECT digest, first, fingerprint, EXISTS (SELECT 1 FROM active_operation t WHERE t.id"
                + " = first) FROM ("
                + each
                + ") used")) {
      var parameters = new Parameters(query);
      for (int i = 0; i < days.searched.size(); i++) {
        parameters.bytes(digests, Digest::bytes);
      }
      var uses = new HashMap<Digest, List<Use>>();
      try (var row = query.executeQuery()) {
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

  /// Stores keys in a day, in the order of their digests, so that two transactions cannot deadlock.
  /// An expired use is replaced.
  private static void use(
      Connection connection,
      PartitionRange day,
      SortedMap<Digest, Accept> first,
      Map<Digest, List<Use>> uses)
      throws SQLException {
    var table = day.table("idempotency_key");
    long number = number(day);
    var rows = List.copyOf(first.entrySet());
    var replaced = new ArrayList<OperationId>();
    for (var digest : first.keySet()) {
      uses.getOrDefault(digest, List.of()).forEach(use -> replaced.add(use.first));
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
          .ids(replaced);
      if (write.executeUpdate() != rows.size()) {
        throw new KeyConflictException();
      }
    }
  }
}
