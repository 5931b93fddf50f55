package dev.backlane.store.rocksdb;

import dev.backlane.engine.codec.CallerDigests;
import dev.backlane.engine.codec.OperationCodec;
import dev.backlane.engine.codec.OperationCodec.Progress;
import dev.backlane.engine.delivery.Delivery;
import dev.backlane.engine.operation.Lease;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.operation.SealedCredentials;
import dev.backlane.engine.operation.State;
import dev.backlane.engine.store.Acceptance;
import dev.backlane.engine.store.Heartbeat;
import dev.backlane.engine.store.IdempotencyKey;
import dev.backlane.engine.store.LeasedOperation;
import dev.backlane.engine.store.OperationStore;
import dev.backlane.engine.store.Renewal;
import dev.backlane.engine.store.Replacement;
import dev.backlane.engine.store.content.Content;
import dev.backlane.engine.store.content.Part;
import dev.backlane.engine.store.content.Spool;
import dev.backlane.engine.store.content.StoredContent;
import dev.backlane.engine.store.expiry.ExpiryBuckets;
import dev.backlane.engine.store.expiry.RetentionStep;
import dev.backlane.engine.store.listing.Listing;
import dev.backlane.engine.store.listing.Page;
import dev.backlane.engine.store.local.LeaseTable;
import dev.backlane.engine.store.queue.Permits;
import dev.backlane.engine.store.queue.QueueKey;
import dev.backlane.store.rocksdb.Command.Result;
import dev.backlane.store.rocksdb.body.BodyFiles;
import dev.backlane.store.rocksdb.body.BodySpool;
import dev.backlane.store.rocksdb.database.Column;
import dev.backlane.store.rocksdb.database.DamagedRecords;
import dev.backlane.store.rocksdb.database.Database;
import dev.backlane.store.rocksdb.search.UnfinishedIds;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The operations of the embedded store. Thread-safe.
final class RocksOperationStore implements OperationStore {
  private final Database database;
  private final BodyFiles bodies;
  private final Records records;
  private final Command.Commits commits;
  private final RocksDeliveryStore deliveries;
  private final Runnable checkOpen;
  private final DamagedRecords damaged;
  private final QueueIndex queue;
  private final OperationClaims claims;
  private final LeaseTable leases = new LeaseTable();
  private final Object pruning = new Object();

  /// @param commits makes a command durable
  /// @param deliveries queues the deliveries that are stored with an operation's end
  /// @param damaged sets aside operations that cannot be read
  /// @param checkOpen throws if the store is closed
  RocksOperationStore(
      Database database,
      BodyFiles bodies,
      Command.Commits commits,
      RocksDeliveryStore deliveries,
      DamagedRecords damaged,
      Runnable checkOpen) {
    this.database = database;
    this.bodies = bodies;
    this.records = new Records(bodies);
    this.commits = commits;
    this.deliveries = deliveries;
    this.damaged = damaged;
    this.queue = new QueueIndex(damaged);
    this.claims = new OperationClaims(database, records, queue, damaged, commits);
    this.checkOpen = checkOpen;
  }

  /// The ids of unfinished operations.
  UnfinishedIds unfinished() {
    return queue;
  }

  /// Rebuilds the queue from the database, when the store is opened and after a recovery.
  void rebuild() {
    queue.rebuild(database);
  }

  @Override
  public Spool spool(OperationId id, String tenant, Part part) {
    checkOpen.run();
    return bodies.spool(id, tenant, part);
  }

  @Override
  public Acceptance accept(Operation operation, Content request, Optional<IdempotencyKey> key) {
    operation.checkNew();
    var command =
        new Command.Accept(
            operation.id(),
            OperationCodec.call(operation),
            OperationCodec.progress(Progress.of(operation)),
            CallerDigests.owners(operation.caller()),
            Records.content(operation.id(), Part.REQUEST, request),
            key.map(claim -> Command.KeyClaim.of(operation.caller(), claim)));
    var acceptance = ((Result.Accepted) submit(command, request)).acceptance();
    boolean stored = acceptance instanceof Acceptance.Stored;
    settle(request, stored);
    if (stored) {
      queue.committed(operation);
    }
    return acceptance;
  }

  @Override
  public List<Operation> claim(int max, Permits permits, Lease lease, Instant now) {
    return claims.claim(max, permits, lease, now);
  }

  @Override
  public boolean replace(
      Operation from, Operation to, Content response, Optional<Delivery> delivery) {
    from.checkNext(to);
    var command =
        new Command.Replace(
            Records.change(from, to),
            Records.content(to.id(), Part.RESPONSE, response),
            delivery.map(RocksDeliveryStore::first));
    boolean made = ((Result.Changed) submit(command, response)).made().getFirst();
    settle(response, made);
    if (made) {
      queue.committed(to);
      delivery.ifPresent(deliveries::committed);
    }
    return made;
  }

  @Override
  public List<Replacement.Result> replaceAll(List<Replacement> replacements) {
    if (replacements.isEmpty()) {
      return List.of();
    }
    var replaces = new ArrayList<Command.Replace>(replacements.size());
    for (var each : replacements) {
      each.from().checkNext(each.to());
      replaces.add(
          new Command.Replace(
              Records.change(each.from(), each.to()),
              Command.ContentRecord.NONE,
              each.delivery().map(RocksDeliveryStore::first)));
    }
    var made = ((Result.Changed) submit(new Command.ReplaceAll(replaces), Content.EMPTY)).made();
    for (int i = 0; i < made.size(); i++) {
      if (made.get(i)) {
        queue.committed(replacements.get(i).to());
        replacements.get(i).delivery().ifPresent(deliveries::committed);
      }
    }
    return made.stream().map(Replacement.Result::of).toList();
  }

  @Override
  public boolean setAside(OperationId id, long version, State.Failed end) {
    var progress = new Progress(Math.max(0, version) + 1, end, SealedCredentials.NONE);
    var change = Command.Change.of(id, version, OperationCodec.progress(progress), end);
    var command = new Command.Replace(change, Command.ContentRecord.NONE, Optional.empty());
    boolean made = ((Result.Changed) submit(command, Content.EMPTY)).made().getFirst();
    if (made) {
      queue.ended(id);
    }
    return made;
  }

  private Result submit(Command command, Content content) {
    if (content instanceof Content.Spooled(long _, BodySpool spool)) {
      spool.committing();
    }
    var result = commits.make(command);
    if (result instanceof Result.Unwritten unwritten) {
      settle(content, false);
      throw unwritten.exception();
    }
    return result;
  }

  private static void settle(Content content, boolean stored) {
    if (content instanceof Content.Spooled(long _, BodySpool spool)) {
      if (stored) {
        spool.stored();
      } else {
        spool.refused();
      }
    }
  }

  @Override
  public Optional<Operation> find(OperationId id) {
    return database.use(db -> Records.find(db, id));
  }

  @Override
  public Map<OperationId, Operation> findAll(List<OperationId> ids) {
    return database.use(db -> {
      var found = new HashMap<OperationId, Operation>();
      Records.findAll(db, ids, damaged).forEach(each -> found.put(each.id(), each));
      return found;
    });
  }

  @Override
  public Optional<StoredContent> content(Operation operation, Part part) {
    return part == Part.REQUEST
        ? claims.body(operation.id(), () -> stored(operation, part))
        : stored(operation, part);
  }

  private Optional<StoredContent> stored(Operation operation, Part part) {
    return database.use(db -> records.content(db, operation.id(), part));
  }

  @Override
  public Page list(Listing listing) {
    return database.use(db -> Records.list(db, listing, damaged));
  }

  @Override
  public Renewal renew(String holder, Duration lifetime, List<Heartbeat> silences) {
    checkOpen.run();
    return leases.renew(holder, lifetime, silences);
  }

  @Override
  public boolean expire(Heartbeat last) {
    checkOpen.run();
    return leases.expire(last);
  }

  @Override
  public void leave(String holder) {
    checkOpen.run();
    leases.leave(holder);
  }

  @Override
  public List<LeasedOperation> held(String holder) {
    return database.use(db -> {
      var held = new ArrayList<LeasedOperation>();
      for (var id : queue.running()) {
        damaged
            .readable(id, () -> Records.held(db, id), () -> queue.cannotRead(id))
            .filter(running -> leases.concerns(holder, running.lease()))
            .ifPresent(held::add);
      }
      for (var id : queue.unreadable()) {
        Records.unreadable(db, id)
            .filter(unreadable -> !held.contains(unreadable))
            .ifPresent(held::add);
      }
      return held;
    });
  }

  @Override
  public long queued() {
    return queue.waiting();
  }

  @Override
  public long queued(String tenant) {
    return queue.waiting(tenant);
  }

  @Override
  public Optional<Instant> nextDue(Permits permits) {
    return queue.nextDue(permits);
  }

  @Override
  public Set<QueueKey> dueKeys(int max, Instant now) {
    return queue.dueKeys(max, now);
  }

  @Override
  public void prune(RetentionStep step) {
    synchronized (pruning) {
      var expired =
          ((Result.Expired) submit(new Command.BeginSweep(step), Content.EMPTY)).buckets();
      // While the store is copied, nothing is removed: the next call finds it expired again.
      if (expired.isEmpty() || !bodies.removal().tryLock()) {
        return;
      }
      try {
        remove(expired);
      } finally {
        bodies.removal().unlock();
      }
    }
  }

  private void remove(List<ExpiryBuckets.Bucket> expired) {
    var plan = database.use(db -> PrunePlan.make(db, expired));
    var gaps = ((Result.Swept) submit(new Command.Sweep(plan), Content.EMPTY)).gaps();
    if (gaps.isEmpty()) {
      return;
    }
    var bounds = PrunePlan.bounds(gaps);
    database.use(db -> {
      for (var column : Column.PRUNED_BY_ID) {
        db.dropFiles(column, bounds);
      }
      return true;
    });
    // Includes files that a crash has left after an earlier sweep.
    bodies.prune(expired.getLast().to(), id -> database.use(db -> Records.callIsMissing(db, id)));
  }

  /// A time that has passed according to the stored data; [Instant#EPOCH] if there is none.
  Instant latestTime() {
    return database.use(db -> {
      var stepped = ExpiryColumn.progress(db, ExpiryColumn.Kind.OPERATIONS).latest();
      try (var calls = db.iterator(Column.CALLS)) {
        calls.seekToLast();
        calls.status();
        var newest = calls.isValid() ? OperationId.of(calls.key()).receivedAt() : Instant.EPOCH;
        return newest.isAfter(stepped) ? newest : stepped;
      }
    });
  }

  @Override
  public void probe() {
    submit(new Command.Probe(), Content.EMPTY);
  }
}
