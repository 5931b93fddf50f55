package dev.backlane.store.postgres.partition;

import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.store.StoreException;
import dev.backlane.store.postgres.sql.Database;
import dev.backlane.store.postgres.sql.Parameters;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The partitions of one group of tables, cached because statements contain the names of
/// partitions. They are read again when one is missing, because other nodes create and drop
/// partitions too. Thread-safe.
public final class Partitions {
  /// The maximum number of attempts of work whose partitions are dropped in the meantime.
  private static final int ATTEMPTS_MAX = 3;

  private static final Logger LOG = LoggerFactory.getLogger(Partitions.class);

  private record Snapshot(NavigableMap<Long, PartitionRange> ranges, long cutoffMillis) {}

  private final Database database;
  private final PartitionGroup group;
  private final long widthMillis;
  private volatile Snapshot snapshot = new Snapshot(new TreeMap<>(), 0);

  /// @param width the width of new partitions
  Partitions(Database database, PartitionGroup group, Duration width) {
    this.database = database;
    this.group = group;
    this.widthMillis = width.toMillis();
  }

  /// Reads the existing partitions.
  public void reload() {
    snapshot = database.read(this::read);
  }

  private Snapshot read(Connection connection) throws SQLException {
    long cutoff;
    try (var query =
        connection.prepareStatement(
            "SELECT cutoff_millis FROM prune_cutoff WHERE table_group = ?")) {
      new Parameters(query).text(group.stored());
      try (var row = query.executeQuery()) {
        cutoff = row.next() ? row.getLong(1) : 0;
      }
    }
    var ranges = new TreeMap<Long, PartitionRange>();
    try (var query =
        connection.prepareStatement(
            "SELECT from_millis, to_millis, suffix FROM partition_range WHERE table_group = ?")) {
      new Parameters(query).text(group.stored());
      try (var row = query.executeQuery()) {
        while (row.next()) {
          ranges.put(
              row.getLong(1), new PartitionRange(row.getLong(1), row.getLong(2), row.getString(3)));
        }
      }
    }
    return new Snapshot(ranges, cutoff);
  }

  public static long millis(OperationId id) {
    return id.high() >>> 16;
  }

  /// Whether an operation or delivery with this id is pruned if it has ended.
  public boolean pruned(OperationId id) {
    return millis(id) < snapshot.cutoffMillis;
  }

  public long cutoffMillis() {
    return snapshot.cutoffMillis;
  }

  /// The lowest id that is not pruned.
  public OperationId lowestKept() {
    return OperationId.lowest(Instant.ofEpochMilli(snapshot.cutoffMillis));
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
    return Optional.ofNullable(snapshot.ranges.floorEntry(millis))
        .map(entry -> entry.getValue())
        .filter(range -> range.covers(millis));
  }

  /// Returns the partition of a time, and creates it if it does not exist.
  public PartitionRange ensure(long millis) {
    return cached(millis)
        .orElseGet(() -> {
          snapshot = database.inTransaction(connection -> create(connection, millis));
          return cached(millis)
              .orElseThrow(
                  () -> new StoreException("no partition could be created for the time " + millis));
        });
  }

  private Snapshot create(Connection connection, long millis) throws SQLException {
    lock(connection);
    var now = read(connection);
    var before = now.ranges.floorEntry(millis);
    if (before != null && before.getValue().covers(millis)) {
      return now;
    }
    long from = Math.floorDiv(millis, widthMillis) * widthMillis;
    long to = from + widthMillis;
    // Next to partitions of another width, the new partition fills the gap between them.
    if (before != null) {
      from = Math.max(from, before.getValue().toMillis());
    }
    var after = now.ranges.higherEntry(millis);
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
            "INSERT INTO partition_range (table_group, from_millis, to_millis, suffix) VALUES (?, ?, ?, ?)")) {
      new Parameters(note).text(group.stored()).number(from).number(to).text(range.suffix());
      note.executeUpdate();
    }
    return read(connection);
  }

  private void lock(Connection connection) throws SQLException {
    try (var lock =
        connection.prepareStatement(
            "SELECT 1 FROM prune_cutoff WHERE table_group = ? FOR UPDATE")) {
      new Parameters(lock).text(group.stored());
      lock.executeQuery().close();
    }
  }

  /// The partitions that contain ids of a range, the newest first.
  public List<PartitionRange> newestFirst(OperationId from, OperationId to) {
    reload();
    var ranges = new ArrayList<PartitionRange>();
    for (var range : snapshot.ranges.descendingMap().values()) {
      if (range.from().compareTo(to) < 0 && range.to().compareTo(from) > 0) {
        ranges.add(range);
      }
    }
    return ranges;
  }

  /// The partitions that end after a time.
  public List<PartitionRange> endingAfter(long millis) {
    reload();
    return snapshot.ranges.values().stream().filter(range -> range.toMillis() > millis).toList();
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

  /// Advances the prune cutoff: ended rows with ids below it count as pruned from now on.
  public void prune(long cutoffMillis) {
    snapshot =
        database.inTransaction(connection -> {
          try (var move =
              connection.prepareStatement(
                  "UPDATE prune_cutoff SET cutoff_millis = ? WHERE table_group = ? AND cutoff_millis < ?")) {
            new Parameters(move).number(cutoffMillis).text(group.stored()).number(cutoffMillis);
            move.executeUpdate();
          }
          return read(connection);
        });
  }

  /// Drops the partitions that end before the prune cutoff and contain no unfinished rows. A
  /// partition that cannot be locked because it is being read is dropped by a later call.
  ///
  /// @param unfinished checks whether a range contains unfinished rows
  public void drop(Unfinished unfinished) {
    for (var range : List.copyOf(snapshot.ranges.values())) {
      if (range.toMillis() <= snapshot.cutoffMillis) {
        snapshot = dropped(range, unfinished);
      }
    }
  }

  /// Checks whether a range contains unfinished rows.
  @FunctionalInterface
  public interface Unfinished {
    boolean in(Connection connection, PartitionRange range) throws SQLException;
  }

  private Snapshot dropped(PartitionRange range, Unfinished unfinished) {
    try {
      return database.inTransactionWithLongTimeout(connection -> {
        try (var drop = connection.createStatement()) {
          drop.execute("SET LOCAL lock_timeout = '500ms'");
          lock(connection);
          if (read(connection).ranges.containsKey(range.fromMillis())
              && !unfinished.in(connection, range)) {
            for (var table : group.tables()) {
              drop.execute("LOCK TABLE " + range.table(table) + " IN ACCESS EXCLUSIVE MODE");
            }
            // Check again, now that no rows can be added.
            if (!unfinished.in(connection, range)) {
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
      return snapshot;
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
