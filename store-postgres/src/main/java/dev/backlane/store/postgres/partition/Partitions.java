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

/// The partitions of one family as this node knows them: it names them in its statements, and learns of those that others have
/// made or dropped when it misses one. Thread-safe.
public final class Partitions {
  /// How often work is done again because partitions were dropped meanwhile.
  private static final int MISSES_MAX = 3;

  private static final Logger LOG = LoggerFactory.getLogger(Partitions.class);

  private record Known(NavigableMap<Long, PartitionRange> spans, long cutoffMillis) {}

  private final Database database;
  private final PartitionGroup family;
  private final long widthMillis;
  private volatile Known known = new Known(new TreeMap<>(), 0);

  /// @param width of new partitions
  Partitions(Database database, PartitionGroup family, Duration width) {
    this.database = database;
    this.family = family;
    this.widthMillis = width.toMillis();
  }

  /// Learns what there is now.
  public void reload() {
    known = database.read(this::read);
  }

  private Known read(Connection connection) throws SQLException {
    long cutoff;
    try (var ask =
        connection.prepareStatement("SELECT cutoff_millis FROM horizon WHERE family = ?")) {
      new Parameters(ask).text(family.stored());
      try (var row = ask.executeQuery()) {
        cutoff = row.next() ? row.getLong(1) : 0;
      }
    }
    var spans = new TreeMap<Long, PartitionRange>();
    try (var ask =
        connection.prepareStatement(
            "SELECT from_millis, to_millis, suffix FROM partition_span WHERE family = ?")) {
      new Parameters(ask).text(family.stored());
      try (var row = ask.executeQuery()) {
        while (row.next()) {
          spans.put(
              row.getLong(1), new PartitionRange(row.getLong(1), row.getLong(2), row.getString(3)));
        }
      }
    }
    return new Known(spans, cutoff);
  }

  public static long millis(OperationId id) {
    return id.high() >>> 16;
  }

  /// Whether what has ended under this id is forgotten.
  public boolean forgotten(OperationId id) {
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
    return Optional.ofNullable(known.spans.floorEntry(millis))
        .map(entry -> entry.getValue())
        .filter(span -> span.covers(millis));
  }

  /// The partition of a time, which is made if there is none.
  public PartitionRange ensure(long millis) {
    return cached(millis)
        .orElseGet(() -> {
          known = database.inTransaction(connection -> made(connection, millis));
          return cached(millis)
              .orElseThrow(() -> new StoreException("no partition could be made at " + millis));
        });
  }

  private Known made(Connection connection, long millis) throws SQLException {
    lock(connection);
    var now = read(connection);
    var before = now.spans.floorEntry(millis);
    if (before != null && before.getValue().covers(millis)) {
      return now;
    }
    long from = Math.floorDiv(millis, widthMillis) * widthMillis;
    long to = from + widthMillis;
    // Beside partitions of another width, the gap that they leave.
    if (before != null) {
      from = Math.max(from, before.getValue().toMillis());
    }
    var after = now.spans.higherEntry(millis);
    if (after != null) {
      to = Math.min(to, after.getKey());
    }
    var span = PartitionRange.of(from, to);
    try (var make = connection.createStatement()) {
      for (var table : family.tables()) {
        // Made apart and then attached, which waits for no reader of the whole table.
        make.executeUpdate(
            "CREATE TABLE " + span.table(table) + " (LIKE " + table + " INCLUDING ALL)");
        make.executeUpdate(
            "ALTER TABLE %s ATTACH PARTITION %s FOR VALUES FROM (%s) TO (%s)"
                .formatted(table, span.table(table), family.bound(from), family.bound(to)));
      }
    }
    try (var note =
        connection.prepareStatement(
            "INSERT INTO partition_span (family, from_millis, to_millis, suffix) VALUES (?, ?, ?, ?)")) {
      new Parameters(note).text(family.stored()).number(from).number(to).text(span.suffix());
      note.executeUpdate();
    }
    return read(connection);
  }

  private void lock(Connection connection) throws SQLException {
    try (var lock =
        connection.prepareStatement("SELECT 1 FROM horizon WHERE family = ? FOR UPDATE")) {
      new Parameters(lock).text(family.stored());
      lock.executeQuery().close();
    }
  }

  /// The partitions that have ids of a range, the newest first.
  public List<PartitionRange> newestFirst(OperationId from, OperationId to) {
    reload();
    var spans = new ArrayList<PartitionRange>();
    for (var span : known.spans.descendingMap().values()) {
      if (span.from().compareTo(to) < 0 && span.to().compareTo(from) > 0) {
        spans.add(span);
      }
    }
    return spans;
  }

  /// The partitions that end after a time.
  public List<PartitionRange> endingAfter(long millis) {
    reload();
    return known.spans.values().stream().filter(span -> span.toMillis() > millis).toList();
  }

  /// Does work that names partitions, again if some were dropped meanwhile.
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

  /// Moves the horizon: what has ended before it is forgotten from now on.
  public void prune(long cutoffMillis) {
    known =
        database.inTransaction(connection -> {
          try (var move =
              connection.prepareStatement(
                  "UPDATE horizon SET cutoff_millis = ? WHERE family = ? AND cutoff_millis < ?")) {
            new Parameters(move).number(cutoffMillis).text(family.stored()).number(cutoffMillis);
            move.executeUpdate();
          }
          return read(connection);
        });
  }

  /// Drops the partitions that lie wholly behind the horizon and have nothing unfinished. One that somebody reads for long is
  /// left for a later time.
  ///
  /// @param unfinished tells whether something of a span has not ended
  public void drop(Unfinished unfinished) {
    for (var span : List.copyOf(known.spans.values())) {
      if (span.toMillis() <= known.cutoffMillis) {
        known = dropped(span, unfinished);
      }
    }
  }

  /// Tells whether something of a span has not ended.
  @FunctionalInterface
  public interface Unfinished {
    boolean in(Connection connection, PartitionRange span) throws SQLException;
  }

  private Known dropped(PartitionRange span, Unfinished unfinished) {
    try {
      return database.inLongTransaction(connection -> {
        try (var drop = connection.createStatement()) {
          drop.execute("SET LOCAL lock_timeout = '500ms'");
          lock(connection);
          if (read(connection).spans.containsKey(span.fromMillis())
              && !unfinished.in(connection, span)) {
            for (var table : family.tables()) {
              drop.execute("LOCK TABLE " + span.table(table) + " IN ACCESS EXCLUSIVE MODE");
            }
            // Asked again, now that nobody can add to it.
            if (!unfinished.in(connection, span)) {
              drop(connection, span);
            }
          }
        }
        return read(connection);
      });
    } catch (Database.TableMissingException gone) {
      return database.read(this::read);
    } catch (StoreException inUse) {
      LOG.info("the partition {} stays for now: {}", span.suffix(), inUse.getMessage());
      return known;
    }
  }

  private void drop(Connection connection, PartitionRange span) throws SQLException {
    try (var drop = connection.createStatement()) {
      for (var table : family.tables()) {
        drop.execute("DROP TABLE " + span.table(table));
      }
    }
    try (var note =
        connection.prepareStatement(
            "DELETE FROM partition_span WHERE family = ? AND from_millis = ?")) {
      new Parameters(note).text(family.stored()).number(span.fromMillis());
      note.executeUpdate();
    }
  }
}
