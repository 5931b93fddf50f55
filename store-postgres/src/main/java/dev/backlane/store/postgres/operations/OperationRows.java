package dev.backlane.store.postgres.operations;

import dev.backlane.engine.codec.CorruptRecordException;
import dev.backlane.engine.codec.DamageLog;
import dev.backlane.engine.codec.OperationCodec;
import dev.backlane.engine.codec.OperationCodec.Progress;
import dev.backlane.engine.operation.Lease;
import dev.backlane.engine.operation.Lifecycle;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.operation.State;
import dev.backlane.engine.store.cache.ClaimedBodies;
import dev.backlane.engine.store.content.Part;
import dev.backlane.engine.store.content.StoredContent;
import dev.backlane.engine.store.failure.StoreException;
import dev.backlane.engine.store.listing.Listing;
import dev.backlane.engine.store.listing.Page;
import dev.backlane.store.postgres.partition.PartitionRange;
import dev.backlane.store.postgres.partition.Partitions;
import dev.backlane.store.postgres.sql.Database;
import dev.backlane.store.postgres.sql.Parameters;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.Collectors;

/// Reads operations and their contents. Several operations are read with one statement, which fails
/// as a whole if PostgreSQL cannot read a value of one of them: then they are read one by one.
/// Thread-safe.
public final class OperationRows {
  /// The number of rows per query of a page.
  private static final int FETCH_ROWS = 500;

  /// The number of rows of a page that are in memory at a time, 32, besides those of its result.
  private static final int ROWS_IN_MEMORY = 32;

  /// Columns of `call c`, its `active_operation t` and its `outcome o`.
  public static final String COLUMNS =
      "c.id, c.record, t.progress, t.version, t.holder, t.token, t.claimed_micros, o.progress";

  private final Database database;
  private final Partitions partitions;
  private final DamageLog damage;

  OperationRows(Database database, Partitions partitions) {
    this.database = database;
    this.partitions = partitions;
    this.damage = database.damage();
  }

  /// The tables of [#COLUMNS] in a partition.
  public static String joined(PartitionRange range) {
    return "%s c LEFT JOIN active_operation t ON t.id = c.id LEFT JOIN %s o ON o.id = c.id"
        .formatted(range.table("call"), range.table("outcome"));
  }

  /// Decodes a row of `active_operation`.
  ///
  /// @param row with the columns progress, version, holder, token, claimed_micros from `first` on
  public static Progress progress(ResultSet row, int first)
      throws SQLException, CorruptRecordException {
    var stored = OperationCodec.progress(row.getBytes(first));
    long claimedMicros = row.getLong(first + 4);
    if (row.wasNull()) {
      return stored;
    }
    var lease = new Lease(row.getString(first + 2), row.getLong(first + 3));
    if (!(stored.state() instanceof State.Queued queued)) {
      throw new CorruptRecordException("an operation was claimed that was not queued");
    }
    return new Progress(
        row.getLong(first + 1),
        Lifecycle.start(queued, lease, Parameters.instant(claimedMicros)),
        stored.credentials(),
        stored.attempts());
  }

  Optional<Operation> find(OperationId id) {
    return inPartition(id, (connection, range) -> find(connection, range, id));
  }

  /// Reads from a partition.
  @FunctionalInterface
  private interface Read<T> {
    Optional<T> from(Connection connection, PartitionRange range)
        throws SQLException, CorruptRecordException;
  }

  /// Reads from the partition of an operation; empty if there is none.
  private <T> Optional<T> inPartition(OperationId id, Read<T> read) {
    return partitions.retryIfDropped(() ->
        partitions
            .find(Partitions.millis(id))
            .flatMap(range -> database.read(connection -> read.from(connection, range))));
  }

  private Optional<Operation> find(Connection connection, PartitionRange range, OperationId id)
      throws SQLException, CorruptRecordException {
    try (var query =
        database.prepare(
            connection, "SELECT " + COLUMNS + " FROM " + joined(range) + " WHERE c.id = ?")) {
      new Parameters(query).id(id);
      try (var row = query.executeQuery()) {
        return row.next() ? operation(row) : Optional.empty();
      }
    }
  }

  /// Decodes the operation of a row with [#COLUMNS]; empty if it was pruned.
  public static Optional<Operation> operation(ResultSet row)
      throws SQLException, CorruptRecordException {
    var id = Parameters.id(row.getObject(1, UUID.class));
    byte[] call = row.getBytes(2);
    if (row.getBytes(3) != null) {
      return Optional.of(OperationCodec.operation(id, call, progress(row, 3)));
    }
    byte[] ended = row.getBytes(8);
    if (ended == null) {
      return Optional.empty();
    }
    return Optional.of(OperationCodec.operation(id, call, OperationCodec.progress(ended)));
  }

  /// Reads operations, by id. Those that cannot be read are missing.
  Map<OperationId, Operation> findAll(List<OperationId> ids) {
    try {
      return findTogether(ids);
    } catch (StoreException.Damaged one) {
      return oneByOne(ids, this::find);
    }
  }

  private <T> Map<OperationId, T> oneByOne(
      List<OperationId> ids, Function<OperationId, Optional<T>> read) {
    var found = new HashMap<OperationId, T>();
    for (var id : ids) {
      readable(id, read).ifPresent(record -> found.put(id, record));
    }
    return found;
  }

  /// Reads one record; empty if it is damaged.
  private <T> Optional<T> readable(OperationId id, Function<OperationId, Optional<T>> read) {
    try {
      return read.apply(id);
    } catch (StoreException.Damaged damaged) {
      damage.report(id, damaged);
      return Optional.empty();
    }
  }

  private Map<OperationId, Operation> findTogether(List<OperationId> ids) {
    return partitions.retryIfDropped(() -> {
      var byRange = byRange(ids);
      return database.read(connection -> {
        var found = new HashMap<OperationId, Operation>();
        for (var each : byRange.entrySet()) {
          findAll(connection, each.getKey(), each.getValue(), found);
        }
        return found;
      });
    });
  }

  private void findAll(
      Connection connection,
      PartitionRange range,
      List<OperationId> ids,
      Map<OperationId, Operation> to)
      throws SQLException {
    try (var query =
        connection.prepareStatement(
            "SELECT " + COLUMNS + " FROM " + joined(range) + " WHERE c.id = ANY (?)")) {
      new Parameters(query).ids(ids);
      try (var row = query.executeQuery()) {
        while (row.next()) {
          readable(row).ifPresent(operation -> to.put(operation.id(), operation));
        }
      }
    }
  }

  private Optional<Operation> readable(ResultSet row) throws SQLException {
    try {
      return operation(row);
    } catch (CorruptRecordException damaged) {
      damage.report(Parameters.id(row.getObject(1, UUID.class)), damaged);
      return Optional.empty();
    }
  }

  private Map<PartitionRange, List<OperationId>> byRange(List<OperationId> ids) {
    var byRange = new HashMap<PartitionRange, List<OperationId>>();
    for (var id : ids) {
      partitions
          .find(Partitions.millis(id))
          .ifPresent(range -> byRange.computeIfAbsent(range, _ -> new ArrayList<>()).add(id));
    }
    return byRange;
  }

  /// The calls of operations, by id, and their request bodies unless those are large. Those that
  /// PostgreSQL cannot read are missing.
  ///
  /// @param bodies keeps the bodies that were read
  Map<OperationId, byte[]> calls(List<OperationId> ids, ClaimedBodies bodies) {
    try {
      return callsTogether(ids, bodies);
    } catch (StoreException.Damaged one) {
      // Without bodies: a call whose body alone is damaged can be read.
      return oneByOne(ids, this::call);
    }
  }

  private Map<OperationId, byte[]> callsTogether(List<OperationId> ids, ClaimedBodies bodies) {
    return partitions.retryIfDropped(() -> {
      var byRange = byRange(ids);
      return database.read(connection -> {
        var calls = new HashMap<OperationId, byte[]>();
        for (var each : byRange.entrySet()) {
          calls(connection, each.getKey(), each.getValue(), bodies, calls);
        }
        return calls;
      });
    });
  }

  private static void calls(
      Connection connection,
      PartitionRange range,
      List<OperationId> ids,
      ClaimedBodies bodies,
      Map<OperationId, byte[]> to)
      throws SQLException {
    try (var query =
        connection.prepareStatement(
            """
            SELECT id, record, octet_length(body) > ? OR spool IS NOT NULL,
                CASE WHEN octet_length(body) <= ? THEN body END
              FROM %s WHERE id = ANY (?)\
            """
                .formatted(range.table("call")))) {
      new Parameters(query)
          .count(ClaimedBodies.BODY_BYTES_MAX)
          .count(ClaimedBodies.BODY_BYTES_MAX)
          .ids(ids);
      try (var row = query.executeQuery()) {
        while (row.next()) {
          var id = Parameters.id(row.getObject(1, UUID.class));
          to.put(id, row.getBytes(2));
          if (!row.getBoolean(3)) {
            bodies.keep(id, Optional.ofNullable(row.getBytes(4)).map(BodyReference::inline));
          }
        }
      }
    }
  }

  private Optional<byte[]> call(OperationId id) {
    return inPartition(id, (connection, range) -> call(connection, range, id));
  }

  static Optional<byte[]> call(Connection connection, PartitionRange range, OperationId id)
      throws SQLException {
    try (var query =
        connection.prepareStatement(
            "SELECT record FROM " + range.table("call") + " WHERE id = ?")) {
      new Parameters(query).id(id);
      try (var row = query.executeQuery()) {
        return row.next() ? Optional.of(row.getBytes(1)) : Optional.empty();
      }
    }
  }

  Optional<StoredContent> content(OperationId id, Part part) {
    return inPartition(id, (connection, range) -> content(connection, range, id, part));
  }

  private Optional<StoredContent> content(
      Connection connection, PartitionRange range, OperationId id, Part part) throws SQLException {
    var table = range.table(part == Part.REQUEST ? "call" : "outcome");
    try (var query =
        database.prepare(
            connection, "SELECT body, spool, spool_length FROM " + table + " WHERE id = ?")) {
      new Parameters(query).id(id);
      try (var row = query.executeQuery()) {
        if (!row.next()) {
          return Optional.empty();
        }
        byte[] body = row.getBytes(1);
        if (body != null) {
          return Optional.of(BodyReference.inline(body));
        }
        var spool = row.getObject(2, UUID.class);
        return spool == null
            ? Optional.empty()
            : Optional.of(new ChunkedContent(database, range, id, spool, row.getLong(3)));
      }
    }
  }

  Page list(Listing listing) {
    database.checkOpen();
    return partitions.retryIfDropped(() -> new PageReader(listing).page());
  }

  /// Reads one page of a listing. For one thread.
  private final class PageReader {
    private final Listing listing;
    private final List<OwnerDigests.Condition> conditions;
    private final List<Operation> page = new ArrayList<>();
    private OperationId to;
    private Optional<OperationId> last = Optional.empty();
    private int scanned;
    private int fetchRows;

    PageReader(Listing listing) {
      this.listing = listing;
      this.conditions = OwnerDigests.readable(listing.reader());
      this.to = listing.to();
      this.fetchRows = Math.min(FETCH_ROWS, listing.limit() + 1);
    }

    Page page() {
      if (conditions.isEmpty()) {
        return new Page(List.of(), Optional.empty());
      }
      for (var range : partitions.newestFirst(listing.from(), listing.to())) {
        boolean more = true;
        while (more) {
          int before = scanned;
          if (!scan(range)) {
            return new Page(page, last);
          }
          more = scanned - before >= fetchRows;
          // Rows that a filter rejects are skipped in larger batches.
          fetchRows = FETCH_ROWS;
        }
      }
      return new Page(page, Optional.empty());
    }

    /// Reads one batch of rows.
    ///
    /// @return false if the page is full
    private boolean scan(PartitionRange range) {
      try {
        return database.readInParts(connection -> scan(connection, range));
      } catch (StoreException.Damaged one) {
        int left = fetchRows;
        for (var id : database.read(connection -> ids(connection, range, left))) {
          if (isFull()) {
            return false;
          }
          visit(id, readable(id, OperationRows.this::find));
        }
        return true;
      }
    }

    private boolean isFull() {
      return page.size() == listing.limit() || scanned == Listing.SCANNED_MAX;
    }

    private void visit(OperationId id, Optional<Operation> operation) {
      scanned++;
      to = id;
      last = Optional.of(id);
      operation.filter(listing::matches).ifPresent(page::add);
    }

    // If it is repeated, it continues after the last row that was visited.
    private boolean scan(Connection connection, PartitionRange range) throws SQLException {
      var joined = joined(range).replaceFirst(" LEFT JOIN", " ON c.id = mine.id LEFT JOIN");
      try (var query =
          connection.prepareStatement(
              "SELECT "
                  + COLUMNS
                  + " FROM "
                  + mine(range)
                  + " JOIN "
                  + joined
                  + " ORDER BY c.id DESC LIMIT ?")) {
        // Each row may have tens of kilobytes.
        query.setFetchSize(ROWS_IN_MEMORY);
        parameters(query, fetchRows);
        try (var row = query.executeQuery()) {
          while (row.next()) {
            if (isFull()) {
              return false;
            }
            visit(Parameters.id(row.getObject(1, UUID.class)), readable(row));
          }
        }
        return true;
      }
    }

    private List<OperationId> ids(Connection connection, PartitionRange range, int max)
        throws SQLException {
      try (var query =
          connection.prepareStatement(
              "SELECT id FROM " + mine(range) + " ORDER BY id DESC LIMIT ?")) {
        parameters(query, max);
        var ids = new ArrayList<OperationId>();
        try (var row = query.executeQuery()) {
          while (row.next()) {
            ids.add(Parameters.id(row.getObject(1, UUID.class)));
          }
        }
        return ids;
      }
    }

    private void parameters(PreparedStatement query, int rows) throws SQLException {
      var parameters = new Parameters(query);
      for (var condition : conditions) {
        if (condition.digest() != null) {
          parameters.uuid(condition.digest());
        }
        parameters.id(listing.from()).id(to).count(rows);
      }
      parameters.count(rows);
    }

    private String mine(PartitionRange range) {
      return conditions.stream()
          .map(condition ->
              "(SELECT id FROM %s WHERE %s AND id >= ? AND id < ? ORDER BY id DESC LIMIT ?)"
                  .formatted(range.table("call"), condition.sql()))
          .collect(Collectors.joining(" UNION ", "(", ") mine"));
    }
  }
}
