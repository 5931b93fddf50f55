package dev.backlane.store.postgres.search;

import dev.backlane.engine.codec.CorruptRecordException;
import dev.backlane.engine.codec.DamageLog;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.operation.State;
import dev.backlane.engine.store.failure.StoreException;
import dev.backlane.engine.store.search.MatchCount;
import dev.backlane.engine.store.search.OperationFilter;
import dev.backlane.engine.store.search.OperationSearch;
import dev.backlane.engine.store.search.PageBuilder;
import dev.backlane.engine.store.search.SearchPage;
import dev.backlane.store.postgres.operations.OperationRows;
import dev.backlane.store.postgres.partition.PartitionRange;
import dev.backlane.store.postgres.partition.Partitions;
import dev.backlane.store.postgres.sql.Database;
import dev.backlane.store.postgres.sql.Parameters;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.UUID;

/// Searches the operations of the shared store, partition by partition, newest first. What an index
/// finds ([SearchSource]) is read in batches, and compared with the filter. Thread-safe.
public final class PostgresSearch implements OperationSearch {
  /// The number of rows per query.
  private static final int FETCH_ROWS = 500;

  /// The number of rows that are in memory at a time, 32, besides those of the page.
  private static final int ROWS_IN_MEMORY = 32;

  private final Database database;
  private final Partitions partitions;
  private final DamageLog damage;

  /// @param partitions those of operations
  public PostgresSearch(Database database, Partitions partitions) {
    this.database = database;
    this.partitions = partitions;
    this.damage = database.damage();
  }

  @Override
  public SearchPage search(OperationFilter filter, OperationId before, int limit) {
    return partitions.retryIfDropped(() -> {
      var builder = PageBuilder.of(filter, before, limit);
      return builder.page(scan(builder, Math.min(FETCH_ROWS, limit + 1)));
    });
  }

  @Override
  public MatchCount count(OperationFilter filter) {
    return partitions.retryIfDropped(() -> {
      var builder = PageBuilder.counting(filter);
      return builder.count(scan(builder, FETCH_ROWS));
    });
  }

  @Override
  public Optional<MatchCount> ahead(Operation operation, Instant now) {
    if (!(operation.state() instanceof State.Queued queued) || queued.dueAt().isAfter(now)) {
      return Optional.empty();
    }
    database.checkOpen();
    return database.read(connection -> {
      try (var query =
          connection.prepareStatement(
              """
              SELECT count(*) FROM (
                SELECT 1 FROM active_operation
                  WHERE holder IS NULL AND tenant = ? AND route = ? AND (due_micros, id) < (?, ?)
                  LIMIT ?) ahead\
              """)) {
        new Parameters(query)
            .text(operation.caller().tenant())
            .text(operation.route())
            .number(Parameters.dueMicros(queued))
            .id(operation.id())
            .count(AHEAD_MAX);
        try (var row = query.executeQuery()) {
          row.next();
          return Optional.of(new MatchCount(row.getLong(1), row.getLong(1) == AHEAD_MAX));
        }
      }
    });
  }

  /// @param firstRows of the first query: rows that a filter rejects are skipped in larger batches
  /// @return whether there are no further rows
  private boolean scan(PageBuilder builder, int firstRows) {
    database.checkOpen();
    var filter = builder.filter();
    if (filter.possiblePhases().isEmpty()) {
      return true;
    }
    var source = SearchSource.of(filter);
    int rows = firstRows;
    for (var range : partitions.newestFirst(filter.from(), builder.to())) {
      boolean more = true;
      while (more) {
        int before = builder.left();
        if (!scan(builder, source, range, rows)) {
          return false;
        }
        more = before - builder.left() >= rows;
        rows = FETCH_ROWS;
      }
    }
    return true;
  }

  /// Reads one batch of rows.
  ///
  /// @return false if there are more rows than may be read
  private boolean scan(PageBuilder builder, SearchSource source, PartitionRange range, int rows) {
    try {
      return database.readInParts(connection -> scan(connection, builder, source, range, rows));
    } catch (StoreException.Damaged one) {
      for (var id : database.read(connection -> ids(connection, builder, source, range, rows))) {
        if (builder.full()) {
          return false;
        }
        builder.visit(id, find(range, id), 0);
      }
      return true;
    }
  }

  // If it is repeated, it continues after the last row that was visited.
  private boolean scan(
      Connection connection,
      PageBuilder builder,
      SearchSource source,
      PartitionRange range,
      int rows)
      throws SQLException {
    var joined =
        OperationRows.joined(range).replaceFirst(" LEFT JOIN", " ON c.id = mine.id LEFT JOIN");
    try (var query =
        connection.prepareStatement(
            "SELECT %s FROM (%s) mine JOIN %s ORDER BY c.id DESC LIMIT ?"
                .formatted(OperationRows.COLUMNS, source.sql(range), joined))) {
      query.setFetchSize(ROWS_IN_MEMORY);
      source.parameters(query, from(builder, range), builder.to(), rows);
      try (var row = query.executeQuery()) {
        while (row.next()) {
          if (builder.full()) {
            return false;
          }
          visit(builder, row);
        }
      }
      return true;
    }
  }

  /// The tables without partitions contain operations of others.
  private static OperationId from(PageBuilder builder, PartitionRange range) {
    var from = builder.filter().from();
    return from.compareTo(range.from()) >= 0 ? from : range.from();
  }

  private void visit(PageBuilder builder, ResultSet row) throws SQLException {
    var id = Parameters.id(row.getObject(1, UUID.class));
    Optional<Operation> found = Optional.empty();
    try {
      found = OperationRows.operation(row);
    } catch (CorruptRecordException damaged) {
      damage.report(id, damaged);
    }
    builder.visit(id, found, bytes(row));
  }

  private static int bytes(ResultSet row) throws SQLException {
    int bytes = 0;
    for (int column : new int[] {2, 3, 8}) {
      byte[] value = row.getBytes(column);
      bytes += value == null ? 0 : value.length;
    }
    return bytes;
  }

  private static List<OperationId> ids(
      Connection connection,
      PageBuilder builder,
      SearchSource source,
      PartitionRange range,
      int rows)
      throws SQLException {
    try (var query =
        connection.prepareStatement(
            "SELECT id FROM (%s) mine ORDER BY id DESC LIMIT ?".formatted(source.sql(range)))) {
      source.parameters(query, from(builder, range), builder.to(), rows);
      var ids = new ArrayList<OperationId>();
      try (var row = query.executeQuery()) {
        while (row.next()) {
          ids.add(Parameters.id(row.getObject(1, UUID.class)));
        }
      }
      return ids;
    }
  }

  /// Reads one operation; empty if it is damaged.
  private Optional<Operation> find(PartitionRange range, OperationId id) {
    try {
      return database.read(connection -> {
        try (var query =
            connection.prepareStatement(
                "SELECT %s FROM %s WHERE c.id = ?"
                    .formatted(OperationRows.COLUMNS, OperationRows.joined(range)))) {
          new Parameters(query).id(id);
          try (var row = query.executeQuery()) {
            return row.next() ? OperationRows.operation(row) : Optional.empty();
          }
        }
      });
    } catch (StoreException.Damaged damaged) {
      damage.report(id, damaged);
      return Optional.empty();
    }
  }
}
