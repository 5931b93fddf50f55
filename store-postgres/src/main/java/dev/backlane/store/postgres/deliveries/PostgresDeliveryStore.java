package dev.backlane.store.postgres.deliveries;

import dev.backlane.engine.codec.CorruptRecordException;
import dev.backlane.engine.codec.DamageLog;
import dev.backlane.engine.codec.DeliveryCodec;
import dev.backlane.engine.delivery.Delivery;
import dev.backlane.engine.delivery.DeliveryState;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.store.DeliveryStore;
import dev.backlane.engine.store.commit.GroupCommitter;
import dev.backlane.engine.store.expiry.RetentionStep;
import dev.backlane.engine.store.failure.StoreException;
import dev.backlane.engine.store.listing.DeliveryListing;
import dev.backlane.engine.store.listing.DeliveryPage;
import dev.backlane.engine.store.queue.Permits;
import dev.backlane.engine.store.queue.QueueKey;
import dev.backlane.store.postgres.partition.PartitionRange;
import dev.backlane.store.postgres.partition.Partitions;
import dev.backlane.store.postgres.queue.QueueClaims;
import dev.backlane.store.postgres.queue.QueueTable;
import dev.backlane.store.postgres.queue.UnreadableRows;
import dev.backlane.store.postgres.queue.WaitingCount;
import dev.backlane.store.postgres.sql.CommandResult;
import dev.backlane.store.postgres.sql.Database;
import dev.backlane.store.postgres.sql.Parameters;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/// The deliveries of the shared store. Thread-safe.
public final class PostgresDeliveryStore implements DeliveryStore {
  /// Rows of a list that are in memory at a time: each may have 30 KiB.
  private static final int FETCH_ROWS = 100;

  private final Database database;
  private final Partitions partitions;
  private final QueueClaims claims;
  private final DamageLog damage;
  private final GroupCommitter<DeliveryUpdates.Change, CommandResult<Boolean>> committer;

  /// @param claims claims from the queue of deliveries
  public PostgresDeliveryStore(
      Database database, Partitions partitions, QueueClaims claims, InstantSource clock) {
    this.database = database;
    this.partitions = partitions;
    this.claims = claims;
    this.damage = database.damage();
    this.committer =
        new GroupCommitter<>(
            "store-deliveries",
            new DeliveryUpdates(database, partitions, clock),
            DeliveryUpdates.Change::bytes);
  }

  /// Creates the claims from the queue of deliveries. Deliveries in flight count as waiting.
  public static QueueClaims claims(Database database) {
    return new QueueClaims(
        database,
        QueueTable.DELIVERIES,
        new WaitingCount(QueueTable.DELIVERIES.count()),
        PostgresDeliveryStore::releaseExpired);
  }

  /// Queues a delivery that was committed with the end of its operation.
  public void committed(Delivery delivery) {
    queue(delivery);
    claims.adjustCount(1);
  }

  private void queue(Delivery delivery) {
    if (delivery.state() instanceof DeliveryState.Due due) {
      claims.added(QueueKey.of(delivery), Parameters.microsNotBefore(due.dueAt()));
    }
  }

  @Override
  public void add(Delivery delivery) {
    delivery.checkNew();
    var row = DeliveryRow.of(delivery);
    boolean added =
        partitions.retryIfDropped(() -> {
          var range = partitions.ensure(Partitions.millis(delivery.id()));
          return database.use(connection -> add(connection, range, row));
        });
    if (!added) {
      throw new IllegalStateException("delivery " + delivery.id() + " exists already");
    }
    committed(delivery);
  }

  private static boolean add(Connection connection, PartitionRange range, DeliveryRow row)
      throws SQLException {
    try (var write =
        connection.prepareStatement(
            """
            INSERT INTO delivery_due (id, receiver, tenant, version, due_micros, record)
              SELECT id, ?, ?, ?, ?, ? FROM (SELECT ?::uuid AS id) new
                WHERE NOT EXISTS (SELECT 1 FROM %s ended WHERE ended.id = new.id)
              ON CONFLICT (id) DO NOTHING\
            """
                .formatted(range.table("delivery_ended")))) {
      new Parameters(write)
          .text(row.receiver())
          .text(row.tenant())
          .number(row.version())
          .number(row.dueMicros())
          .bytes(row.record())
          .id(row.id());
      return write.executeUpdate() == 1;
    }
  }

  @Override
  public List<Delivery> claim(int max, Permits permits, Duration hold, Instant now) {
    long nowMicros = Parameters.micros(now);
    long heldUntil = Parameters.micros(now.plus(hold));
    return claims.claim(
        max,
        permits,
        nowMicros,
        (connection, plan) -> claim(connection, plan, nowMicros, heldUntil));
  }

  private List<QueueClaims.Claimed<Delivery>> claim(
      Connection connection, Map<QueueKey, Integer> plan, long nowMicros, long heldUntil)
      throws SQLException {
    return UnreadableRows.setAside(
        connection,
        new UnreadableRows.Due(QueueTable.DELIVERIES, "record", "true", plan, nowMicros),
        () -> claimAll(connection, plan, nowMicros, heldUntil),
        (unreadable, failed) -> {
          unreadable.forEach(id -> damage.report(id, failed));
          neverClaimAgain(connection, unreadable);
        });
  }

  private List<QueueClaims.Claimed<Delivery>> claimAll(
      Connection connection, Map<QueueKey, Integer> plan, long nowMicros, long heldUntil)
      throws SQLException {
    var unreadable = new ArrayList<OperationId>();
    try (var write =
        connection.prepareStatement(
            QueueTable.DELIVERIES.lockDueRows()
                + """

                UPDATE delivery_due d SET in_flight_until = ? WHERE d.id = %s
                  RETURNING d.id, d.receiver, d.tenant, d.due_micros, d.record\
                """
                    .formatted(QueueTable.ANY_PICKED))) {
      QueueClaims.planParameters(new Parameters(write), plan).number(nowMicros).number(heldUntil);
      var claimed = new ArrayList<QueueClaims.Claimed<Delivery>>();
      try (var row = write.executeQuery()) {
        while (row.next()) {
          var id = Parameters.id(row.getObject(1, UUID.class));
          try {
            var delivery = DeliveryCodec.delivery(id, row.getBytes(5));
            claimed.add(
                new QueueClaims.Claimed<>(
                    new QueueKey(row.getString(2), row.getString(3)),
                    row.getLong(4),
                    id,
                    delivery));
          } catch (CorruptRecordException damaged) {
            damage.report(id, damaged);
            unreadable.add(id);
          }
        }
      }
      if (!unreadable.isEmpty()) {
        neverClaimAgain(connection, unreadable);
      }
      return claimed;
    }
  }

  private static void neverClaimAgain(Connection connection, List<OperationId> unreadable)
      throws SQLException {
    try (var write =
        connection.prepareStatement(
            "UPDATE delivery_due SET in_flight_until = ? WHERE id = ANY (?)")) {
      new Parameters(write).number(Long.MAX_VALUE).ids(unreadable);
      write.executeUpdate();
    }
  }

  /// Makes deliveries due again whose time in flight has expired.
  static void releaseExpired(Connection connection, long nowMicros) throws SQLException {
    try (var write =
        connection.prepareStatement(
            "UPDATE delivery_due SET in_flight_until = NULL WHERE in_flight_until <= ?")) {
      new Parameters(write).number(nowMicros);
      write.executeUpdate();
    }
  }

  @Override
  public boolean replace(Delivery from, Delivery to) {
    from.checkNext(to);
    boolean made = committer.submit(DeliveryUpdates.Change.of(from, to)).get();
    if (made) {
      queue(to);
      claims.adjustCount((to.ended() ? 0 : 1) - (from.ended() ? 0 : 1));
    }
    return made;
  }

  @Override
  public Optional<Delivery> find(OperationId id) {
    return partitions.retryIfDropped(() -> {
      var range = partitions.find(Partitions.millis(id));
      return database.read(connection -> {
        var due = find(connection, "delivery_due", id);
        return due.isPresent() || range.isEmpty()
            ? due
            : find(connection, range.get().table("delivery_ended"), id);
      });
    });
  }

  private static Optional<Delivery> find(Connection connection, String table, OperationId id)
      throws SQLException, CorruptRecordException {
    try (var query = connection.prepareStatement("SELECT record FROM " + table + " WHERE id = ?")) {
      new Parameters(query).id(id);
      try (var row = query.executeQuery()) {
        return row.next()
            ? Optional.of(DeliveryCodec.delivery(id, row.getBytes(1)))
            : Optional.empty();
      }
    }
  }

  @Override
  public DeliveryPage list(DeliveryListing listing) {
    database.checkOpen();
    return partitions.retryIfDropped(() -> new PageReader(listing).page());
  }

  /// Reads one page of a listing. For one thread.
  private final class PageReader {
    private final DeliveryListing listing;
    private final List<Delivery> page = new ArrayList<>();
    private final OperationId from;
    private OperationId to;
    private Optional<OperationId> last = Optional.empty();
    private int scanned;

    PageReader(DeliveryListing listing) {
      this.listing = listing;
      this.from = listing.from();
      this.to = listing.to();
    }

    DeliveryPage page() {
      // Waiting deliveries may be of any age: they are read together with each partition of ended
      // deliveries, and after the last partition.
      var bounds = new ArrayList<OperationId>();
      var tables = new ArrayList<Optional<String>>();
      for (var range : partitions.newestFirst(from, to)) {
        bounds.add(range.from());
        tables.add(Optional.of(range.table("delivery_ended")));
      }
      bounds.add(from);
      tables.add(Optional.empty());
      for (int i = 0; i < bounds.size(); i++) {
        var lowest = bounds.get(i).compareTo(from) > 0 ? bounds.get(i) : from;
        if (fill(tables.get(i), lowest)) {
          return new DeliveryPage(page, last);
        }
      }
      return new DeliveryPage(page, Optional.empty());
    }

    /// @return whether the page is full
    private boolean fill(Optional<String> ended, OperationId lowest) {
      while (true) {
        var rows = rows(ended, lowest);
        for (var row : rows) {
          if (page.size() == listing.limit() || scanned == DeliveryListing.SCANNED_MAX) {
            return true;
          }
          scanned++;
          to = row.id();
          last = Optional.of(to);
          row.delivery().filter(listing::matches).ifPresent(page::add);
        }
        if (rows.size() < FETCH_ROWS) {
          return false;
        }
      }
    }

    /// PostgreSQL fails a statement as a whole if one of its values is damaged: then the rows are
    /// read one by one.
    private List<Row> rows(Optional<String> ended, OperationId lowest) {
      try {
        return database.read(connection ->
            query(connection, "id, record", ended, lowest, row -> new Row(id(row), record(row))));
      } catch (StoreException.Damaged one) {
        var ids =
            database.read(
                connection -> query(connection, "id", ended, lowest, PostgresDeliveryStore::id));
        return ids.stream().map(id -> new Row(id, readable(id))).toList();
      }
    }

    private Optional<Delivery> record(ResultSet row) throws SQLException {
      var id = id(row);
      try {
        return Optional.of(DeliveryCodec.delivery(id, row.getBytes(2)));
      } catch (CorruptRecordException damaged) {
        damage.report(id, damaged);
        return Optional.empty();
      }
    }

    private Optional<Delivery> readable(OperationId id) {
      try {
        return find(id);
      } catch (StoreException.Damaged damaged) {
        damage.report(id, damaged);
        return Optional.empty();
      }
    }

    private <T> List<T> query(
        Connection connection,
        String columns,
        Optional<String> ended,
        OperationId lowest,
        RowReader<T> reader)
        throws SQLException {
      var part =
          "(SELECT " + columns + " FROM %s WHERE id >= ? AND id < ? ORDER BY id DESC LIMIT ?)";
      var all =
          part.formatted("delivery_due")
              + ended.map(table -> " UNION ALL " + part.formatted(table)).orElse("");
      try (var query =
          connection.prepareStatement(
              "SELECT " + columns + " FROM (" + all + ") both_kinds ORDER BY id DESC LIMIT ?")) {
        var parameters = new Parameters(query);
        for (int i = 0; i < (ended.isPresent() ? 2 : 1); i++) {
          parameters.id(lowest).id(to).count(FETCH_ROWS);
        }
        parameters.count(FETCH_ROWS);
        var rows = new ArrayList<T>();
        try (var row = query.executeQuery()) {
          while (row.next()) {
            rows.add(reader.read(row));
          }
        }
        return rows;
      }
    }
  }

  /// Reads one row.
  @FunctionalInterface
  private interface RowReader<T> {
    T read(ResultSet row) throws SQLException;
  }

  private record Row(OperationId id, Optional<Delivery> delivery) {}

  private static OperationId id(ResultSet row) throws SQLException {
    return Parameters.id(row.getObject(1, UUID.class));
  }

  @Override
  public long waiting() {
    return claims.waiting();
  }

  @Override
  public Optional<Instant> nextDue(Permits permits) {
    return claims.nextDue(permits);
  }

  @Override
  public void prune(RetentionStep step) {
    for (var range : partitions.advance(step)) {
      partitions.dropExpired(range, step, (_, _) -> false);
    }
  }

  /// Commits all submitted changes, and stops the thread of the committer. Idempotent.
  public void close() {
    committer.close();
  }
}
