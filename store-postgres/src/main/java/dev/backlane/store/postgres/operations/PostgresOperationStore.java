package dev.backlane.store.postgres.operations;

import dev.backlane.engine.delivery.Delivery;
import dev.backlane.engine.operation.Lease;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.operation.State;
import dev.backlane.engine.store.Acceptance;
import dev.backlane.engine.store.Heartbeat;
import dev.backlane.engine.store.IdempotencyKey;
import dev.backlane.engine.store.LeasedOperation;
import dev.backlane.engine.store.OperationStore;
import dev.backlane.engine.store.Renewal;
import dev.backlane.engine.store.Replacement;
import dev.backlane.engine.store.cache.ClaimedBodies;
import dev.backlane.engine.store.commit.GroupCommitter;
import dev.backlane.engine.store.content.Content;
import dev.backlane.engine.store.content.Part;
import dev.backlane.engine.store.content.Spool;
import dev.backlane.engine.store.content.StoredContent;
import dev.backlane.engine.store.expiry.RetentionStep;
import dev.backlane.engine.store.listing.Listing;
import dev.backlane.engine.store.listing.Page;
import dev.backlane.engine.store.queue.Permits;
import dev.backlane.engine.store.queue.QueueKey;
import dev.backlane.store.postgres.deliveries.PostgresDeliveryStore;
import dev.backlane.store.postgres.nodes.NodeClock;
import dev.backlane.store.postgres.nodes.NodeLeases;
import dev.backlane.store.postgres.partition.PartitionGroups;
import dev.backlane.store.postgres.partition.PartitionRange;
import dev.backlane.store.postgres.partition.Partitions;
import dev.backlane.store.postgres.queue.QueueClaims;
import dev.backlane.store.postgres.queue.QueueTable;
import dev.backlane.store.postgres.queue.WaitingCount;
import dev.backlane.store.postgres.sql.CommandResult;
import dev.backlane.store.postgres.sql.Database;
import dev.backlane.store.postgres.sql.Parameters;
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

/// The operations of the shared store. Thread-safe.
public final class PostgresOperationStore implements OperationStore, AutoCloseable {
  /// The time by which partitions are created before they are needed.
  private static final Duration CREATED_AHEAD = Duration.ofMinutes(2);

  private final Database database;
  private final InstantSource clock;
  private final NodeClock nodeClock;
  private final NodeLeases nodes;
  private final Partitions operations;
  private final Partitions keys;
  private final Partitions ended;
  private final OperationRows rows;
  private final QueueClaims claims;
  private final ClaimedBodies claimedBodies = new ClaimedBodies();
  private final OperationClaims operationClaims;
  private final PostgresDeliveryStore deliveries;
  private final GroupCommitter<AcceptBatch.Row, CommandResult<Acceptance>> accepts;
  private final GroupCommitter<KeyedAcceptBatch.Accept, CommandResult<Acceptance>> keyedAccepts;
  private final GroupCommitter<OperationUpdates.Change, CommandResult<Boolean>> changes;

  /// @param claims claims from the queue of operations
  /// @param deliveries queues the deliveries that are stored with an operation's end
  public PostgresOperationStore(
      Database database,
      PartitionGroups partitions,
      QueueClaims claims,
      PostgresDeliveryStore deliveries,
      NodeLeases nodes,
      InstantSource clock) {
    this.nodeClock = new NodeClock(database);
    this.database = database;
    this.clock = clock;
    this.nodes = nodes;
    this.operations = partitions.operations();
    this.keys = partitions.keys();
    this.ended = partitions.ended();
    this.rows = new OperationRows(database, operations);
    this.claims = claims;
    this.operationClaims = new OperationClaims(database, claims, rows, claimedBodies);
    this.deliveries = deliveries;
    var accepting = new AcceptBatch(database, operations);
    this.accepts = new GroupCommitter<>("store-accepts", accepting, AcceptBatch.Row::bytes);
    this.keyedAccepts =
        new GroupCommitter<>(
            "store-keyed-accepts",
            new KeyedAcceptBatch(database, accepting, operations, keys, clock),
            KeyedAcceptBatch.Accept::bytes);
    this.changes =
        new GroupCommitter<>(
            "store-changes",
            new OperationUpdates(database, operations, clock),
            OperationUpdates.Change::bytes);
  }

  /// Creates the claims from the queue of operations.
  public static QueueClaims claims(Database database) {
    return new QueueClaims(
        database,
        QueueTable.OPERATIONS,
        new WaitingCount(QueueTable.OPERATIONS.countByOwner()),
        (_, _) -> {});
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
    var result =
        key.isPresent()
            ? keyedAccepts.submit(KeyedAcceptBatch.Accept.of(row, key.get()))
            : accepts.submit(row);
    var acceptance = result.get();
    if (acceptance instanceof Acceptance.Stored) {
      queue(operation);
    } else {
      BodyReference.refused(request);
    }
    return acceptance;
  }

  private void queue(Operation operation) {
    var tenant = operation.caller().tenant();
    if (operation.state() instanceof State.Queued queued) {
      claims.adjustCount(tenant, 1);
      claims.added(QueueKey.of(operation), Parameters.microsNotBefore(queued.dueAt()));
    } else if (operation.state() instanceof State.Held) {
      claims.adjustCount(tenant, 1);
    }
  }

  @Override
  public List<Operation> claim(int max, Permits permits, Lease lease, Instant now) {
    return operationClaims.claim(max, permits, lease, now);
  }

  @Override
  public boolean replace(
      Operation from, Operation to, Content response, Optional<Delivery> delivery) {
    from.checkNext(to);
    var change = OperationUpdates.Change.of(from, to, response, delivery);
    BodyReference.committing(response);
    boolean made = changes.submit(change).get();
    if (made) {
      replaced(from, to, delivery);
    } else {
      BodyReference.refused(response);
    }
    return made;
  }

  private void replaced(Operation from, Operation to, Optional<Delivery> delivery) {
    if (from.state() instanceof State.Queued) {
      claims.adjustCount(from.caller().tenant(), -1);
    }
    queue(to);
    delivery.ifPresent(deliveries::committed);
  }

  @Override
  public List<Replacement.Result> replaceAll(List<Replacement> replacements) {
    var commands = new ArrayList<OperationUpdates.Change>(replacements.size());
    for (var each : replacements) {
      each.from().checkNext(each.to());
      commands.add(
          OperationUpdates.Change.of(each.from(), each.to(), Content.EMPTY, each.delivery()));
    }
    var made = changes.submitAll(commands);
    var results = new ArrayList<Replacement.Result>(made.size());
    for (int i = 0; i < made.size(); i++) {
      var each = replacements.get(i);
      results.add(
          switch (made.get(i)) {
            case CommandResult.Executed<Boolean>(var done) -> {
              if (done) {
                replaced(each.from(), each.to(), each.delivery());
              }
              yield Replacement.Result.of(done);
            }
            case CommandResult.Refused<Boolean>(var why) -> new Replacement.Result.Refused(why);
          });
    }
    return results;
  }

  @Override
  public boolean setAside(OperationId id, long version, State.Failed end) {
    return changes.submit(OperationUpdates.Change.setAside(id, version, end)).get();
  }

  @Override
  public Optional<Operation> find(OperationId id) {
    database.checkOpen();
    return rows.find(id);
  }

  @Override
  public Map<OperationId, Operation> findAll(List<OperationId> ids) {
    database.checkOpen();
    return rows.findAll(ids);
  }

  @Override
  public Optional<StoredContent> content(Operation operation, Part part) {
    database.checkOpen();
    return part == Part.REQUEST
        ? claimedBodies.take(operation.id(), () -> rows.content(operation.id(), part))
        : rows.content(operation.id(), part);
  }

  @Override
  public Page list(Listing listing) {
    return rows.list(listing);
  }

  @Override
  public Renewal renew(String holder, Duration lifetime, List<Heartbeat> silences) {
    var renewal = nodes.renew(holder, lifetime, silences);
    nodeClock.publish(clock.instant());
    return renewal;
  }

  @Override
  public boolean expire(Heartbeat last) {
    return nodes.expire(last);
  }

  @Override
  public void leave(String holder) {
    nodes.leave(holder);
  }

  @Override
  public List<LeasedOperation> held(String holder) {
    createPartitions();
    return nodes.useWithTimeout(connection -> {
      try (var query =
          connection.prepareStatement(
              """
              SELECT id, version, holder, token FROM active_operation t
                WHERE holder IS NOT NULL
                  AND (holder = ? OR NOT EXISTS (SELECT 1 FROM node n WHERE n.holder = t.holder))
                ORDER BY id\
              """)) {
        new Parameters(query).text(holder);
        var held = new ArrayList<LeasedOperation>();
        try (var row = query.executeQuery()) {
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

  /// Creates partitions in advance, so that an accept does not have to.
  private void createPartitions() {
    var now = clock.instant();
    for (var partitions : List.of(operations, ended)) {
      partitions.ensure(now.toEpochMilli());
      partitions.ensure(now.plus(CREATED_AHEAD).toEpochMilli());
    }
  }

  @Override
  public long queued() {
    return claims.waiting();
  }

  @Override
  public long queued(String tenant) {
    return claims.waiting(tenant);
  }

  @Override
  public Optional<Instant> nextDue(Permits permits) {
    return claims.nextDue(permits);
  }

  @Override
  public Set<QueueKey> dueKeys(int max, Instant now) {
    return claims.dueKeys(max, Parameters.micros(now));
  }

  @Override
  public void prune(RetentionStep step) {
    var now = clock.instant();
    nodeClock.publish(now);
    for (var range : operations.advance(step)) {
      operations.dropExpired(range, step, PostgresOperationStore::unfinished);
    }
    // A key is in use as long as its operation exists, and the operation may be older than the day
    // on which the key was used.
    long oldest = operations.oldestMillis().orElse(now.toEpochMilli());
    keys.reload();
    for (var day : keys.endingUntil(Math.min(oldest, now.toEpochMilli()))) {
      keys.drop(day, (connection, range) -> operations.anyBefore(connection, range.toMillis()));
    }
  }

  private static boolean unfinished(Connection connection, PartitionRange range)
      throws SQLException {
    try (var query =
        connection.prepareStatement(
            "SELECT 1 FROM active_operation WHERE id >= ? AND id < ? LIMIT 1")) {
      new Parameters(query).id(range.from()).id(range.to());
      try (var row = query.executeQuery()) {
        return row.next();
      }
    }
  }

  @Override
  public void probe() {
    database.probe();
  }

  /// Commits all submitted commands, and stops the threads of the committers. Idempotent.
  @Override
  public void close() {
    accepts.close();
    keyedAccepts.close();
    changes.close();
  }
}
