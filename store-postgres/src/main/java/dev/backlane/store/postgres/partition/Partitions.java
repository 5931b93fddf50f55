package dev.backlane.store.postgres.partition;

import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.store.expiry.RetentionStep;
import dev.backlane.engine.store.failure.StoreException;
import dev.backlane.store.postgres.sql.Database;
import dev.backlane.store.postgres.sql.Parameters;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The partitions of one group of tables, cached because statements contain the names of
/// partitions. They are read again when one is missing, because other nodes create and drop
/// partitions too. Thread-safe.
///
/// A partition is dropped as a whole when nothing in it is unfinished and its last end is past the
/// retention, in observed time ([RetentionStep]). Ends are recorded per partition, in the commit of
/// the first end of each interval.
public final class Partitions {
  /// The maximum number of attempts of work whose partitions are dropped in the meantime.
  private static final int ATTEMPTS_MAX = 3;

  private static final Logger LOG = LoggerFactory.getLogger(Partitions.class);

  private final Database database;
  private final PartitionGroup group;
  private final long widthMillis;
  private volatile Duration recordedEvery;
  private final InstantSource clock;
  private volatile NavigableMap<Long, PartitionRange> ranges = new TreeMap<>();

  /// When this node last recorded an end in a partition.
  private final Map<PartitionRange, Instant> recorded = new ConcurrentHashMap<>();

  /// @param width the width of new partitions
  /// @param recordedEvery how often the last end of a partition is recorded, until the first step
  Partitions(
      Database database,
      PartitionGroup group,
      Duration width,
      Duration recordedEvery,
      InstantSource clock) {
    this.database = database;
    this.group = group;
    this.widthMillis = width.toMillis();
    this.recordedEvery = recordedEvery;
    this.clock = clock;
  }

  /// Reads the existing partitions.
  public void reload() {
    show(database.read(this::read));
  }

  private void show(NavigableMap<Long, PartitionRange> existing) {
    ranges = existing;
    recorded.keySet().retainAll(existing.values());
  }

  /// Reads the existing partitions in a transaction.
  public NavigableMap<Long, PartitionRange> read(Connection connection) throws SQLException {
    var existing = new TreeMap<Long, PartitionRange>();
    try (var query =
        connection.prepareStatement(
            "SELECT from_millis, to_millis, suffix FROM partition_range WHERE table_group = ?")) {
      new Parameters(query).text(group.stored());
      try (var row = query.executeQuery()) {
        while (row.next()) {
          existing.put(
              row.getLong(1), new PartitionRange(row.getLong(1), row.getLong(2), row.getString(3)));
        }
      }
    }
    return existing;
  }

  public static long millis(OperationId id) {
    return id.high() >>> 16;
  }

  /// The partition of a time; empty if there is none.
  public Optional<PartitionRange> find(long millis) {
    var found = cached(millis);
    if (found.isEmpty()) {
      reload();
      found = cached(millis);
    }
    return found;
  }

  private Optional<PartitionRange> cached(long millis) {
    return covering(ranges, millis);
  }

  /// The partition among `existing` that covers a time.
  public static Optional<PartitionRange> covering(
      NavigableMap<Long, PartitionRange> existing, long millis) {
    return Optional.ofNullable(existing.floorEntry(millis))
        .map(Map.Entry::getValue)
        .filter(range -> range.covers(millis));
  }

  /// Returns the partition of a time, and creates it if it does not exist.
  public PartitionRange ensure(long millis) {
    return cached(millis)
        .orElseGet(() -> {
          show(database.inTransaction(connection -> create(connection, millis)));
          return cached(millis)
              .orElseThrow(
                  () -> new StoreException("no partition could be created for the time " + millis));
        });
  }

  private NavigableMap<Long, PartitionRange> create(Connection connection, long millis)
      throws SQLException {
    long observedMillis = lock(connection);
    var now = read(connection);
    var before = now.floorEntry(millis);
    if (before != null && before.getValue().covers(millis)) {
      return now;
    }
    long from = Math.floorDiv(millis, widthMillis) * widthMillis;
    long to = from + widthMillis;
    // Next to partitions of another width, the new partition fills the gap between them.
    if (before != null) {
      from = Math.max(from, before.getValue().toMillis());
    }
    var after = now.higherEntry(millis);
    if (after != null) {
      to = Math.min(to, after.getKey());
    }
    var range = PartitionRange.of(from, to);
    try (var create = connection.createStatement()) {
      for (var table : group.tables()) {
        // Created separately and attached, so that it does not wait for readers of the whole table.
        create.executeUpdate(
            "CREATE TABLE " + range.table(table) + " (LIKE " + table + " INCLUDING ALL)");
        create.executeUpdate(
            "ALTER TABLE %s ATTACH PARTITION %s FOR VALUES FROM (%s) TO (%s)"
                .formatted(table, range.table(table), group.bound(from), group.bound(to)));
      }
    }
    try (var note =
        connection.prepareStatement(
            "INSERT INTO partition_range (table_group, from_millis, to_millis, suffix, last_end_millis) VALUES (?, ?, ?, ?, ?)")) {
      new Parameters(note)
          .text(group.stored())
          .number(from)
          .number(to)
          .text(range.suffix())
          .number(observedMillis);
      note.executeUpdate();
    }
    return read(connection);
  }

  /// Locks the group.
  ///
  /// @return the observed time in milliseconds
  private long lock(Connection connection) throws SQLException {
    try (var lock =
        connection.prepareStatement(
            "SELECT observed_millis FROM expiry WHERE table_group = ? FOR UPDATE")) {
      new Parameters(lock).text(group.stored());
      try (var row = lock.executeQuery()) {
        row.next();
        return row.getLong(1);
      }
    }
  }

  /// The partitions that contain ids of a range, the newest first.
  public List<PartitionRange> newestFirst(OperationId from, OperationId to) {
    reload();
    var ranges = new ArrayList<PartitionRange>();
    for (var range : this.ranges.descendingMap().values()) {
      if (range.from().compareTo(to) < 0 && range.to().compareTo(from) > 0) {
        ranges.add(range);
      }
    }
    return ranges;
  }

  /// The partitions that end after a time.
  public List<PartitionRange> endingAfter(long millis) {
    reload();
    return ranges.values().stream().filter(range -> range.toMillis() > millis).toList();
  }

  /// Runs work whose statements name partitions, and repeats it if a partition was dropped in the
  /// meantime.
  public <T> T retryIfDropped(Supplier<T> work) {
    for (int attempt = 1; ; attempt++) {
      try {
        return work.get();
      } catch (Database.TableMissingException dropped) {
        if (attempt == ATTEMPTS_MAX) {
          throw new StoreException(
              "a table of the store is missing in PostgreSQL: " + dropped.getMessage(), dropped);
        }
        reload();
      }
    }
  }

  /// Those of the partitions in which an end is to be recorded: this node has not recorded one
  /// within the last interval. In ascending order, so that two nodes cannot deadlock.
  public List<PartitionRange> toRecord(Collection<PartitionRange> ended) {
    var now = clock.instant();
    return ended.stream()
        .filter(range -> {
          var last = recorded.get(range);
          return last == null || Duration.between(last, now).abs().compareTo(recordedEvery) >= 0;
        })
        .sorted(Comparator.comparingLong(PartitionRange::fromMillis))
        .toList();
  }

  /// Records that rows of a partition end in this transaction.
  public void recordEnd(Connection connection, PartitionRange range) throws SQLException {
    try (var write =
        connection.prepareStatement(
            """
            UPDATE partition_range r SET last_end_millis = e.observed_millis FROM expiry e
              WHERE r.table_group = ? AND r.from_millis = ? AND e.table_group = r.table_group
                AND r.last_end_millis < e.observed_millis\
            """)) {
      new Parameters(write).text(group.stored()).number(range.fromMillis());
      write.executeUpdate();
    }
  }

  /// Reports that a transaction with recorded ends was committed.
  ///
  /// @param since a time before the transaction
  public void recorded(List<PartitionRange> ranges, Instant since) {
    ranges.forEach(range -> recorded.put(range, since));
  }

  /// Advances the observed time, by the time since the last step of any node, but at most by that
  /// since the last step of this node.
  ///
  /// @return the partitions whose last end is past the retention
  public List<PartitionRange> advance(RetentionStep step) {
    long nowMillis = clock.instant().toEpochMilli();
    recordedEvery = RetentionStep.interval(step.retention());
    return database.inTransaction(connection -> {
      long observedMillis = advance(connection, step, nowMillis);
      var existing = read(connection);
      show(existing);
      try (var query =
          connection.prepareStatement(
              """
              SELECT from_millis FROM partition_range
                WHERE table_group = ? AND last_end_millis <= ? AND to_millis <= ? ORDER BY from_millis\
              """)) {
        new Parameters(query)
            .text(group.stored())
            .number(observedMillis - step.keptMillis())
            .number(nowMillis);
        var expired = new ArrayList<PartitionRange>();
        try (var row = query.executeQuery()) {
          while (row.next()) {
            expired.add(existing.get(row.getLong(1)));
          }
        }
        return expired;
      }
    });
  }

  private long advance(Connection connection, RetentionStep step, long nowMillis)
      throws SQLException {
    try (var write =
        connection.prepareStatement(
            """
            UPDATE expiry SET stepped_millis = ?,
                observed_millis = observed_millis + greatest(0, least(? - stepped_millis, ?))
              WHERE table_group = ? RETURNING observed_millis\
            """)) {
      new Parameters(write)
          .number(nowMillis)
          .number(nowMillis)
          .number(step.elapsed().toMillis())
          .text(group.stored());
      try (var row = write.executeQuery()) {
        row.next();
        return row.getLong(1);
      }
    }
  }

  /// The partitions that end at a time or before.
  public List<PartitionRange> endingUntil(long millis) {
    return ranges.values().stream().filter(range -> range.toMillis() <= millis).toList();
  }

  /// The start of the oldest partition in milliseconds; empty if there is none.
  public Optional<Long> oldestMillis() {
    reload();
    return ranges.isEmpty() ? Optional.empty() : Optional.of(ranges.firstKey());
  }

  /// Whether a partition begins before a time.
  public boolean anyBefore(Connection connection, long millis) throws SQLException {
    return read(connection).lowerEntry(millis) != null;
  }

  /// Drops a partition, unless it is still needed. A partition that cannot be locked because it is
  /// being read is dropped by a later call.
  ///
  /// @param needed checks whether rows of the partition are still needed, under its lock
  public void drop(PartitionRange range, Needed needed) {
    show(dropped(range, needed));
  }

  /// As [#drop], for a partition that has expired: it is also needed if rows have ended since.
  public void dropExpired(PartitionRange range, RetentionStep step, Needed needed) {
    drop(
        range,
        (connection, each) ->
            needed.in(connection, each) || endedSince(connection, each, step.keptMillis()));
  }

  private boolean endedSince(Connection connection, PartitionRange range, long keptMillis)
      throws SQLException {
    try (var query =
        connection.prepareStatement(
            """
            SELECT 1 FROM partition_range r JOIN expiry e USING (table_group)
              WHERE r.table_group = ? AND r.from_millis = ? AND r.last_end_millis > e.observed_millis - ?\
            """)) {
      new Parameters(query).text(group.stored()).number(range.fromMillis()).number(keptMillis);
      try (var row = query.executeQuery()) {
        return row.next();
      }
    }
  }

  /// Checks whether rows of a partition are still needed.
  @FunctionalInterface
  public interface Needed {
    boolean in(Connection connection, PartitionRange range) throws SQLException;
  }

  private NavigableMap<Long, PartitionRange> dropped(PartitionRange range, Needed needed) {
    try {
      return database.inTransactionWithLongTimeout(connection -> {
        try (var drop = connection.createStatement()) {
          drop.execute("SET LOCAL lock_timeout = '500ms'");
          lock(connection);
          // Its row is locked before its tables, as by a transaction that records an end.
          if (lockRow(connection, range) && !needed.in(connection, range)) {
            for (var table : group.tables()) {
              drop.execute("LOCK TABLE " + range.table(table) + " IN ACCESS EXCLUSIVE MODE");
            }
            // Check again, now that no rows can be added.
            if (!needed.in(connection, range)) {
              drop(connection, range);
            }
          }
        }
        return read(connection);
      });
    } catch (Database.TableMissingException alreadyDropped) {
      return database.read(this::read);
    } catch (StoreException inUse) {
      LOG.info(
          "partition {} is in use and is dropped at a later prune: {}",
          range.suffix(),
          inUse.getMessage());
      return ranges;
    }
  }

  private boolean lockRow(Connection connection, PartitionRange range) throws SQLException {
    try (var lock =
        connection.prepareStatement(
            "SELECT 1 FROM partition_range WHERE table_group = ? AND from_millis = ? FOR UPDATE")) {
      new Parameters(lock).text(group.stored()).number(range.fromMillis());
      try (var row = lock.executeQuery()) {
        return row.next();
      }
    }
  }

  private void drop(Connection connection, PartitionRange range) throws SQLException {
    try (var drop = connection.createStatement()) {
      for (var table : group.tables()) {
        drop.execute("DROP TABLE " + range.table(table));
      }
    }
    try (var note =
        connection.prepareStatement(
            "DELETE FROM partition_range WHERE table_group = ? AND from_millis = ?")) {
      new Parameters(note).text(group.stored()).number(range.fromMillis());
      note.executeUpdate();
    }
  }
}
