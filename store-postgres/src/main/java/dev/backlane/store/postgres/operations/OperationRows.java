package dev.backlane.store.postgres.operations;

import dev.backlane.engine.codec.CorruptRecordException;
import dev.backlane.engine.codec.OperationCodec;
import dev.backlane.engine.codec.OperationCodec.Progress;
import dev.backlane.engine.operation.Lease;
import dev.backlane.engine.operation.Lifecycle;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.operation.State;
import dev.backlane.engine.store.content.InMemoryContent;
import dev.backlane.engine.store.content.Part;
import dev.backlane.engine.store.content.StoredContent;
import dev.backlane.engine.store.listing.Listing;
import dev.backlane.engine.store.listing.Page;
import dev.backlane.store.postgres.partition.PartitionRange;
import dev.backlane.store.postgres.partition.Partitions;
import dev.backlane.store.postgres.sql.Database;
import dev.backlane.store.postgres.sql.Parameters;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/// Reads operations and their contents. Thread-safe.
public final class OperationRows {
  /// Rows asked for at a time while a page is filled.
  private static final int FETCH_ROWS = 500;

  /// Of `call c`, what is unfinished of it (`turn t`), and its outcome (`o`).
  public static final String COLUMNS =
      "c.id, c.record, t.progress, t.version, t.holder, t.token, t.begun_micros, o.progress";

  private final Database database;
  private final Partitions partitions;

  OperationRows(Database database, Partitions partitions) {
    this.database = database;
    this.partitions = partitions;
  }

  private static String joined(PartitionRange span) {
    return "%s c LEFT JOIN turn t ON t.id = c.id LEFT JOIN %s o ON o.id = c.id"
        .formatted(span.table("call"), span.table("outcome"));
  }

  /// What a row of `turn` says of an operation that has not ended.
  ///
  /// @param row with the columns progress, version, holder, token, begun_micros from `first` on
  public static Progress progress(ResultSet row, int first)
      throws SQLException, CorruptRecordException {
    var stored = OperationCodec.progress(row.getBytes(first));
    long begun = row.getLong(first + 4);
    if (row.wasNull()) {
      return stored;
    }
    var lease = new Lease(row.getString(first + 2), row.getLong(first + 3));
    if (!(stored.state() instanceof State.Queued queued)) {
      throw new CorruptRecordException("a turn was claimed that did not wait");
    }
    return new Progress(
        row.getLong(first + 1),
        Lifecycle.start(queued, lease, Parameters.instant(begun)),
        stored.credentials());
  }

  Optional<Operation> find(OperationId id) {
    return partitions.naming(() ->
        partitions
            .find(Partitions.millis(id))
            .flatMap(span -> database.read(connection -> find(connection, span, id))));
  }

  private Optional<Operation> find(Connection connection, PartitionRange span, OperationId id)
      throws SQLException, CorruptRecordException {
    try (var ask =
        connection.prepareStatement(
            "SELECT " + COLUMNS + " FROM " + joined(span) + " WHERE c.id = ?")) {
      new Parameters(ask).id(id);
      try (var row = ask.executeQuery()) {
        return row.next() ? operation(row) : Optional.empty();
      }
    }
  }

  /// The operation of a row; empty if it has been forgotten.
  private Optional<Operation> operation(ResultSet row) throws SQLException, CorruptRecordException {
    var id = Parameters.id(row.getObject(1, UUID.class));
    byte[] call = row.getBytes(2);
    if (row.getBytes(3) != null) {
      return Optional.of(OperationCodec.operation(id, call, progress(row, 3)));
    }
    byte[] ended = row.getBytes(8);
    if (ended == null || partitions.forgotten(id)) {
      return Optional.empty();
    }
    return Optional.of(OperationCodec.operation(id, call, OperationCodec.progress(ended)));
  }

  /// The calls of operations, by id.
  Map<OperationId, byte[]> calls(List<OperationId> ids) {
    return partitions.naming(() -> {
      var bySpan = new HashMap<PartitionRange, List<OperationId>>();
      for (var id : ids) {
        partitions
            .find(Partitions.millis(id))
            .ifPresent(span -> bySpan.computeIfAbsent(span, _ -> new ArrayList<>()).add(id));
      }
      return database.read(connection -> {
        var calls = new HashMap<OperationId, byte[]>();
        for (var each : bySpan.entrySet()) {
          calls(connection, each.getKey(), each.getValue(), calls);
        }
        return calls;
      });
    });
  }

  private static void calls(
      Connection connection,
      PartitionRange span,
      List<OperationId> ids,
      Map<OperationId, byte[]> to)
      throws SQLException {
    try (var ask =
        connection.prepareStatement(
            "SELECT id, record FROM " + span.table("call") + " WHERE id = ANY (?)")) {
      new Parameters(ask).ids(ids);
      try (var row = ask.executeQuery()) {
        while (row.next()) {
          to.put(Parameters.id(row.getObject(1, UUID.class)), row.getBytes(2));
        }
      }
    }
  }

  Optional<StoredContent> content(OperationId id, Part part) {
    return partitions.naming(() ->
        partitions
            .find(Partitions.millis(id))
            .flatMap(span -> database.read(connection -> content(connection, span, id, part))));
  }

  private Optional<StoredContent> content(
      Connection connection, PartitionRange span, OperationId id, Part part) throws SQLException {
    var table = span.table(part == Part.REQUEST ? "call" : "outcome");
    boolean forgotten = partitions.forgotten(id);
    // What is old and has not ended has its request still.
    var condition = forgotten ? " AND EXISTS (SELECT 1 FROM turn t WHERE t.id = b.id)" : "";
    try (var ask =
        connection.prepareStatement(
            "SELECT body, spool, spool_length FROM " + table + " b WHERE id = ?" + condition)) {
      new Parameters(ask).id(id);
      try (var row = ask.executeQuery()) {
        if (!row.next()) {
          return Optional.empty();
        }
        byte[] body = row.getBytes(1);
        if (body != null) {
          return Optional.of(new InMemoryContent(body));
        }
        var spool = row.getObject(2, UUID.class);
        return spool == null
            ? Optional.empty()
            : Optional.of(new ChunkedContent(database, span, id, spool, row.getLong(3)));
      }
    }
  }

  Page list(Listing listing) {
    database.checkOpen();
    return partitions.naming(() -> new Filling(listing).page());
  }

  /// One page being filled. For one thread.
  private final class Filling {
    private final Listing listing;
    private final OwnerDigests owners;
    private final List<Operation> page = new ArrayList<>();
    private OperationId to;
    private Optional<OperationId> last = Optional.empty();
    private int scanned;
    private int fetchRows;

    Filling(Listing listing) {
      this.listing = listing;
      this.owners = OwnerDigests.of(listing.caller());
      this.to = listing.to();
      this.fetchRows = Math.min(FETCH_ROWS, listing.limit() + 1);
    }

    Page page() {
      for (var span : partitions.newestFirst(listing.from(), listing.to())) {
        boolean more = true;
        while (more) {
          var ids = database.read(connection -> rows(connection, span));
          for (var row : ids) {
            if (page.size() == listing.limit() || scanned == Listing.SCANNED_MAX) {
              return new Page(page, last);
            }
            scanned++;
            to = row.id();
            last = Optional.of(row.id());
            row.operation().filter(listing::matches).ifPresent(page::add);
          }
          more = ids.size() == fetchRows;
          // What a filter leaves out is passed in longer strides.
          fetchRows = FETCH_ROWS;
        }
      }
      return new Page(page, Optional.empty());
    }

    private List<Row> rows(Connection connection, PartitionRange span)
        throws SQLException, CorruptRecordException {
      try (var ask = connection.prepareStatement(statement(span))) {
        var parameters = new Parameters(ask);
        for (var owner : new UUID[] {owners.client(), owners.subject()}) {
          parameters.uuid(owner).id(listing.from()).id(to).count(fetchRows);
        }
        parameters.count(fetchRows);
        var rows = new ArrayList<Row>();
        try (var row = ask.executeQuery()) {
          while (row.next()) {
            rows.add(new Row(Parameters.id(row.getObject(1, UUID.class)), operation(row)));
          }
        }
        return rows;
      }
    }

    private static String statement(PartitionRange span) {
      return """
      SELECT %s FROM (
        (SELECT id FROM %s WHERE by_client = ? AND id >= ? AND id < ? ORDER BY id DESC LIMIT ?)
        UNION
        (SELECT id FROM %s WHERE by_subject = ? AND id >= ? AND id < ? ORDER BY id DESC LIMIT ?)
      ) mine JOIN %s ORDER BY c.id DESC LIMIT ?\
      """
          .formatted(
              COLUMNS,
              span.table("call"),
              span.table("call"),
              joined(span).replaceFirst(" LEFT JOIN", " ON c.id = mine.id LEFT JOIN"));
    }
  }

  private record Row(OperationId id, Optional<Operation> operation) {}
}
