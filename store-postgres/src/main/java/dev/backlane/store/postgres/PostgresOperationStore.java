package dev.backlane.store.postgres;

import dev.backlane.engine.codec.CorruptRecordException;
import dev.backlane.engine.codec.OperationCodec;
import dev.backlane.engine.codec.OperationCodec.Progress;
import dev.backlane.engine.delivery.Delivery;
import dev.backlane.engine.operation.Lease;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.operation.State;
import dev.backlane.engine.store.Acceptance;
import dev.backlane.engine.store.Admission;
import dev.backlane.engine.store.DeliveryStore;
import dev.backlane.engine.store.IdempotencyKey;
import dev.backlane.engine.store.LeasedOperation;
import dev.backlane.engine.store.OperationStore;
import dev.backlane.engine.store.RecordStore;
import dev.backlane.engine.store.StoreException;
import dev.backlane.engine.store.StoreExport;
import dev.backlane.engine.store.StoreImport;
import dev.backlane.engine.store.StoreInspection;
import dev.backlane.engine.store.commit.GroupCommitter;
import dev.backlane.engine.store.content.Content;
import dev.backlane.engine.store.content.Part;
import dev.backlane.engine.store.content.Spool;
import dev.backlane.engine.store.content.StoredContent;
import dev.backlane.engine.store.listing.Listing;
import dev.backlane.engine.store.listing.Page;
import dev.backlane.engine.store.queue.Permits;
import dev.backlane.engine.store.queue.QueueKey;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The store that many nodes share. See the ADR 0010 for its layout and why. Thread-safe.
public final class PostgresOperationStore implements OperationStore {
  /// Partitions of operations are made this long before they are needed.
  private static final Duration PREPARED_AHEAD = Duration.ofMinutes(2);

  private static final Logger LOG = LoggerFactory.getLogger(PostgresOperationStore.class);

  private final Database database;
  private final InstantSource clock;
  private final NodeLeases nodes;
  private final TransferLease presence;
  private final Partitions operations;
  private final Partitions keys;
  private final Partitions ended;
  private final OperationRows rows;
  private final QueueClaims claims;
  private final QueueClaims dueClaims;
  private final PostgresDeliveryStore deliveries;
  private final PostgresRecordStore records;
  private final GroupCommitter<AcceptBatch.Row, CommandResult<Acceptance>> accepts;
  private final GroupCommitter<KeyedAcceptBatch.Accept, CommandResult<Acceptance>> keyedAccepts;
  private final GroupCommitter<OperationUpdates.Change, CommandResult<Boolean>> changes;
  private final WorkNotifier bell;
  private final Object closing = new Object();
  private Optional<WorkPoller> scout = Optional.empty();
  private boolean closed;

  private PostgresOperationStore(
      PostgresSettings settings, Database database, Optional<InstantSource> given) {
    this.database = database;
    var own = new DatabaseClock();
    this.clock = given.orElse(own);
    this.nodes = new NodeLeases(database, own, given.isPresent());
    nodes.askTime();
    this.presence = new TransferLease(nodes, clock);
    var width = PartitionWidth.of(settings.retention());
    this.operations = new Partitions(database, PartitionGroup.OPERATION, width);
    this.ended = new Partitions(database, PartitionGroup.DELIVERY, width);
    this.keys = new Partitions(database, PartitionGroup.KEY, PartitionGroup.DAY);
    for (var family : List.of(operations, ended, keys)) {
      family.reload();
    }
    this.rows = new OperationRows(database, operations);
    this.claims =
        new QueueClaims(
            database,
            QueueTable.TURNS,
            new WaitingCount(QueueTable.TURNS.count(true)),
            (_, _) -> {});
    this.dueClaims =
        new QueueClaims(
            database,
            QueueTable.DELIVERIES,
            new WaitingCount(QueueTable.DELIVERIES.count(false)),
            PostgresDeliveryStore::free);
    this.deliveries = new PostgresDeliveryStore(database, ended, dueClaims);
    this.records = new PostgresRecordStore(database);
    var storing = new AcceptBatch(database, operations);
    this.accepts = new GroupCommitter<>("store-accepts", storing, AcceptBatch.Row::bytes);
    this.keyedAccepts =
        new GroupCommitter<>(
            "store-keyed-accepts",
            new KeyedAcceptBatch(database, storing, operations, keys, clock),
            KeyedAcceptBatch.Accept::bytes);
    this.changes =
        new GroupCommitter<>(
            "store-changes",
            new OperationUpdates(database, operations),
            OperationUpdates.Change::bytes);
    this.bell = new WorkNotifier(database, settings.hints());
    for (var queue : List.of(claims, dueClaims)) {
      queue.announcing(bell::ring);
      queue.look(Parameters.micros(clock.instant()));
    }
  }

  /// Opens the store, whose tables are made or brought to this version. Times are the database's.
  ///
  /// @throws StoreException if the database cannot be reached, is too old or does not promise durability; the message names
  ///     the mend
  public static PostgresOperationStore open(PostgresSettings settings) {
    return open(settings, Optional.empty());
  }

  /// Opens the store with another clock than the database's, for tests.
  ///
  /// @throws StoreException as [#open(PostgresSettings)]
  public static PostgresOperationStore open(PostgresSettings settings, InstantSource clock) {
    return open(settings, Optional.of(clock));
  }

  private static PostgresOperationStore open(
      PostgresSettings settings, Optional<InstantSource> clock) {
    var database = Database.connect(settings);
    try {
      Schema.prepare(database);
      return new PostgresOperationStore(settings, database, clock);
    } catch (RuntimeException failed) {
      database.close();
      throw failed;
    }
  }

  /// The clock that all nodes agree on: the database's.
  public InstantSource clock() {
    return clock;
  }

  /// Refuses what is new while the database cannot be worked with.
  public Admission admission() {
    return database.reach();
  }

  /// The deliveries of this store; as long as it is open.
  public DeliveryStore deliveries() {
    return deliveries;
  }

  /// The gateway's own records in this store; as long as it is open.
  public RecordStore records() {
    return records;
  }

  /// Gives out everything that is in this store; as long as it is open.
  public StoreExport exporting() {
    return new PostgresExport(database, families(), nodes, clock);
  }

  private PartitionGroups families() {
    return new PartitionGroups(operations, ended, keys);
  }

  /// Takes in everything that is in another store, while nobody works with this one; it is to be opened anew afterwards.
  public StoreImport importing() {
    return new PostgresImport(database, families(), presence);
  }

  /// Tells what is in this store; as long as it is open.
  public StoreInspection inspection() {
    return new PostgresInspection(database, families(), nodes, clock);
  }

  /// Lets other nodes tell of work. Call it once.
  ///
  /// @param work called, in a thread of the store, when there may be something to claim
  public void listen(Runnable work) {
    bell.onRing(work);
    bell.start();
    var looking = new WorkPoller(() -> !bell.listening(), this::anyDue, work);
    scout = Optional.of(looking);
    looking.start();
  }

  private boolean anyDue() {
    long now = Parameters.micros(clock.instant());
    boolean operationsDue = claims.look(now);
    return dueClaims.look(now) || operationsDue;
  }

  @Override
  public Spool spool(OperationId id, String tenant, Part part) {
    database.checkOpen();
    return new ChunkSpool(database, operations, id);
  }

  @Override
  public Acceptance accept(Operation operation, Content request, Optional<IdempotencyKey> key) {
    operation.checkNew();
    var row = AcceptBatch.Row.of(operation, request);
    BodyReference.committing(request);
    var answer =
        key.isPresent()
            ? keyedAccepts.submit(KeyedAcceptBatch.Accept.of(row, key.get()))
            : accepts.submit(row);
    var acceptance = answer.get();
    if (acceptance instanceof Acceptance.Stored) {
      waits(operation);
    } else {
      BodyReference.refused(request);
    }
    return acceptance;
  }

  private void waits(Operation operation) {
    if (operation.state() instanceof State.Queued queued) {
      claims.counted(1);
      claims.waits(QueueKey.of(operation), Parameters.microsNotBefore(queued.dueAt()));
    }
  }

  @Override
  public List<Operation> claim(int max, Permits permits, Lease lease, Instant now) {
    long nowMicros = Parameters.micros(now);
    var taken =
        claims.claim(
            max,
            permits,
            nowMicros,
            (connection, plan) -> take(connection, plan, lease, nowMicros));
    if (taken.isEmpty()) {
      return List.of();
    }
    claims.counted(-taken.size());
    return operations(taken, permits);
  }

  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  private record Taken(OperationId id, QueueKey group, Progress progress) {}

  private static List<QueueClaims.Claimed<Taken>> take(
      Connection connection, Map<QueueKey, Integer> plan, Lease lease, long nowMicros)
      throws SQLException, CorruptRecordException {
    try (var write =
        connection.prepareStatement(
            QueueTable.TURNS.picked()
                + """

                UPDATE turn t SET version = t.version + 1, holder = ?, token = ?, begun_micros = ?
                  FROM picked WHERE t.id = picked.id
                  RETURNING t.id, t.tenant, t.route, t.due_micros, t.progress, t.version, t.holder, t.token, t.begun_micros\
                """)) {
      QueueClaims.wanted(new Parameters(write), plan)
          .number(nowMicros)
          .text(lease.holder())
          .number(lease.token())
          .number(nowMicros);
      var taken = new ArrayList<QueueClaims.Claimed<Taken>>();
      try (var row = write.executeQuery()) {
        while (row.next()) {
          var id = Parameters.id(row.getObject(1, UUID.class));
          var group = new QueueKey(row.getString(2), row.getString(3));
          taken.add(
              new QueueClaims.Claimed<>(
                  group, row.getLong(4), id, new Taken(id, group, OperationRows.progress(row, 5))));
        }
      }
      return taken;
    }
  }

  /// What was started without this being learned keeps running under its lease, whose holder takes it up again.
  private List<Operation> operations(List<Taken> taken, Permits permits) {
    var missing = new ArrayList<>(taken);
    try {
      var calls = rows.calls(taken.stream().map(Taken::id).toList());
      var started = new ArrayList<Operation>(taken.size());
      for (var each : taken) {
        byte[] call = calls.get(each.id);
        if (call == null) {
          LOG.error("operation {} was claimed and has no call in the store", each.id);
        } else {
          started.add(OperationCodec.operation(each.id, call, each.progress));
          missing.remove(each);
        }
      }
      return started;
    } catch (CorruptRecordException damaged) {
      missing.clear();
      missing.addAll(taken);
      throw new StoreException("the store is damaged: " + damaged.getMessage(), damaged);
    } finally {
      missing.forEach(each -> permits.release(each.group));
    }
  }

  @Override
  public boolean replace(
      Operation from, Operation to, Content response, Optional<Delivery> delivery) {
    from.checkNext(to);
    var change = OperationUpdates.Change.of(from, to, response, delivery);
    BodyReference.committing(response);
    boolean made = changes.submit(change).get();
    if (made) {
      if (from.state() instanceof State.Queued) {
        claims.counted(-1);
      }
      waits(to);
      delivery.ifPresent(deliveries::committed);
    } else {
      BodyReference.refused(response);
    }
    return made;
  }

  @Override
  public Optional<Operation> find(OperationId id) {
    database.checkOpen();
    return rows.find(id);
  }

  @Override
  public Optional<StoredContent> content(Operation operation, Part part) {
    database.checkOpen();
    return rows.content(operation.id(), part);
  }

  @Override
  public Page list(Listing listing) {
    return rows.list(listing);
  }

  @Override
  public Set<String> renew(String holder, Duration lifetime, Instant now) {
    var alive = nodes.renew(holder, lifetime, now);
    // Whoever accepts shall find its partition made.
    for (var family : List.of(operations, ended)) {
      family.ensure(now.toEpochMilli());
      family.ensure(now.plus(PREPARED_AHEAD).toEpochMilli());
    }
    return alive;
  }

  @Override
  public void leave(String holder) {
    nodes.leave(holder);
  }

  @Override
  public List<LeasedOperation> held(String holder) {
    long nowMicros = Parameters.micros(clock.instant());
    return nodes.within(connection -> {
      try (var ask =
          connection.prepareStatement(
              """
              SELECT id, version, holder, token FROM turn t
                WHERE holder IS NOT NULL AND (holder = ?
                  OR NOT EXISTS (SELECT 1 FROM node n WHERE n.holder = t.holder AND n.alive_micros > ?))\
              """)) {
        new Parameters(ask).text(holder).number(nowMicros);
        var held = new ArrayList<LeasedOperation>();
        try (var row = ask.executeQuery()) {
          while (row.next()) {
            held.add(
                new LeasedOperation(
                    Parameters.id(row.getObject(1, UUID.class)),
                    row.getLong(2),
                    new Lease(row.getString(3), row.getLong(4))));
          }
        }
        return held;
      }
    });
  }

  @Override
  public long queued() {
    return claims.waiting();
  }

  @Override
  public Optional<Instant> nextDue(Permits permits) {
    return claims.nextDue(permits);
  }

  @Override
  public void prune(Instant cutoff) {
    long millis = Math.max(0, cutoff.toEpochMilli());
    operations.prune(millis);
    operations.drop(PostgresOperationStore::unfinished);
    // A key counts as long as its operation is there, which may be older than its use.
    keys.prune(millis);
    keys.drop((connection, span) -> unfinished(connection, PartitionRange.of(0, span.toMillis())));
  }

  private static boolean unfinished(Connection connection, PartitionRange span)
      throws SQLException {
    try (var ask =
        connection.prepareStatement("SELECT 1 FROM turn WHERE id >= ? AND id < ? LIMIT 1")) {
      new Parameters(ask).id(span.from()).id(span.to());
      try (var row = ask.executeQuery()) {
        return row.next();
      }
    }
  }

  @Override
  public void probe() {
    database.probe();
  }

  @Override
  public void close() {
    synchronized (closing) {
      if (closed) {
        return;
      }
      closed = true;
      scout.ifPresent(WorkPoller::close);
      bell.close();
      presence.close();
      accepts.close();
      keyedAccepts.close();
      changes.close();
      deliveries.close();
      database.close();
    }
  }
}
