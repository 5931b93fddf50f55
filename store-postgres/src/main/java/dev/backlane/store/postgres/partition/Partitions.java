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

/// The partitions of one group of tables, as known to this node, which names them in its
/// statements. It reads the partitions again when one is missing, because other nodes create and
/// drop them too. Thread-safe.
public final class Partitions {
  /// How often work is tried if partitions are dropped in the meantime.
  private static final int MISSES_MAX = 3;

  private static final Logger LOG = LoggerFactory.getLogger(Partitions.class);

  private record Known(NavigableMap<Long, PartitionRange> ranges, long cutoffMillis) {}

  private final Database database;
  private final PartitionGroup group;
  private final long widthMillis;
  private volatile Known known = new Known(new TreeMap<>(), 0);

  /// @param width of new partitions
  Partitions(Database database, PartitionGroup group, Duration width) {
    this.database = database;
    this.group = group;
    this.widthMillis = width.toMillis();
  }

  /// Reads which partitions exist.
  public void reload() {
    known = database.read(this::read);
  }

  private Known read(Connection connection) throws SQLException {
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
    return new Known(ranges, cutoff);
  }

  public static long millis(OperationId id) {
    return id.high() >>> 16;
  }

  /// Whether this id is pruned, if it has ended.
  public boolean pruned(OperationId id) {
    return millis(id) < known.cutoffMillis;
  }

  public long cutoffMillis() {
    return known.cutoffMillis;
  }

  /// The lowest id that is not pruned if it has ended.
  public OperationId horizon() {
    return OperationId.lowest(Instant.ofEpochMilli(known.cutoffMillis));
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
    return Optional.ofNullable(known.ranges.floorEntry(millis))
        .map(entry -> entry.getValue())
        .filter(range -> range.covers(millis));
  }

  /// The partition of a time, which is created if it does not exist.
  public PartitionRange ensure(long millis) {
    return cached(millis)
        .orElseGet(() -> {
          known = database.inTransaction(connection -> made(connection, millis));
          return cached(millis)
              .orElseThrow(
                  () -> new StoreException("no partition could be created for the time " + millis));
        });
  }

  private Known made(Connection connection, long millis) throws SQLException {
    lock(connection);
    var now = read(connection);
    var before = now.ranges.floorEntry(millis);
    if (before != null && before.getValue().covers(millis)) {
      return now;
    }
    long from = Math.floorDiv(millis, widthMillis) * widthMillis;
    long to = from + widthMillis;
    // Next to partitions of another width, only the gap between them.
    if (before != null) {
      from = Math.max(from, before.getValue().toMillis());
    }
    var after = now.ranges.higherEntry(millis);
    if (after != null) {
      to = Math.min(to, after.getKey());
    }
    var range = PartitionRange.of(from, to);
    try (var make = connection.createStatement()) {
      for (var table : group.tables()) {
        // Created separately and attached, which does not wait for readers of the whole table.
        make.executeUpdate(
            "CREATE TABLE " + range.table(table) + " (LIKE " + table + " INCLUDING ALL)");
        make.executeUpdate(
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
    for (var range : known.ranges.descendingMap().values()) {
      if (range.from().compareTo(to) < 0 && range.to().compareTo(from) > 0) {
        ranges.add(range);
      }
    }
    return ranges;
  }

  /// The partitions that end after a time.
  public List<PartitionRange> endingAfter(long millis) {
    reload();
    return known.ranges.values().stream().filter(range -> range.toMillis() > millis).toList();
  }

  /// Does work that names partitions, and repeats it if one of them was dropped in the meantime.
  public <T> T naming(Supplier<T> work) {
    for (int miss = 1; ; miss++) {
      try {
        return work.get();
      } catch (Database.TableMissingException dropped) {
        if (miss == MISSES_MAX) {
          throw new StoreException(
              "a table of the store is missing in PostgreSQL: " + dropped.getMessage(), dropped);
        }
        reload();
      }
    }
  }

  /// Moves the prune cutoff: what has ended before it is pruned from now on.
  public void prune(long cutoffMillis) {
    known =
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

  /// Drops the partitions that end before the prune cutoff and contain nothing unfinished. A
  /// partition that is being read for long is dropped later.
  ///
  /// @param unfinished whether a range contains something unfinished
  public void drop(Unfinished unfinished) {
    for (var range : List.copyOf(known.ranges.values())) {
      if (range.toMillis() <= known.cutoffMillis) {
        known = dropped(range, unfinished);
      }
    }
  }

  /// Whether a range contains something unfinished.
  @FunctionalInterface
  public interface Unfinished {
    boolean in(Connection connection, PartitionRange range) throws SQLException;
  }

  private Known dropped(PartitionRange range, Unfinished unfinished) {
    try {
      return database.inLongTransaction(connection -> {
        try (var drop = connection.createStatement()) {
          drop.execute("SET LOCAL lock_timeout = '500ms'");
          lock(connection);
          if (read(connection).ranges.containsKey(range.fromMillis())
              && !unfinished.in(connection, range)) {
            for (var table : group.tables()) {
              drop.execute("LOCK TABLE " + range.table(table) + " IN ACCESS EXCLUSIVE MODE");
            }
            // Checked again, now that nothing can be added.
            if (!unfinished.in(connection, range)) {
              drop(connection, range);
            }
          }
        }
        return read(connection);
      });
    } catch (Database.TableMissingException gone) {
      return database.read(this::read);
    } catch (StoreException inUse) {
      LOG.info(
          "partition {} cannot be dropped now and is dropped later: {}",
          range.suffix(),
          inUse.getMessage());
      return known;
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
