package dev.backlane.store.rocksdb;

import dev.backlane.engine.codec.CallerDigests;
import dev.backlane.engine.codec.OperationCodec;
import dev.backlane.engine.codec.OperationCodec.Progress;
import dev.backlane.engine.delivery.Delivery;
import dev.backlane.engine.operation.Lease;
import dev.backlane.engine.operation.Lifecycle;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.operation.State;
import dev.backlane.engine.store.Acceptance;
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
import dev.backlane.engine.store.local.LeaseTable;
import dev.backlane.engine.store.queue.Permits;
import dev.backlane.engine.store.queue.QueueEntry;
import dev.backlane.store.rocksdb.Command.Result;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.rocksdb.RocksDB;

/// The store inside the process: one directory, one process at a time. See the ADRs 0001 and 0002 for its layout and why.
/// Thread-safe.
public final class RocksOperationStore implements OperationStore {
  private final StoreDirectory directory;
  private final Database database;
  private final BodyFiles bodies;
  private final Records records;
  private final QueueIndex turns = new QueueIndex();
  private final LeaseTable leases = new LeaseTable();
  private final RocksDeliveryStore deliveries;
  private final RocksRecordStore ownRecords;
  private final GroupCommitter<Command, Result> committer;
  private final Object sweeping = new Object();
  private final Object closing = new Object();
  private volatile boolean closed;

  private RocksOperationStore(StoreDirectory directory, Database database) {
    this.directory = directory;
    this.database = database;
    this.bodies = new BodyFiles(directory.bodies());
    this.records = new Records(bodies);
    bodies.settleIncoming(name -> database.use(db -> Records.committed(db, name)));
    this.deliveries = new RocksDeliveryStore(database, command -> submit(command, Content.EMPTY));
    this.ownRecords = new RocksRecordStore(database, command -> submit(command, Content.EMPTY));
    rebuild();
    var recovery = new Recovery(directory, database, this::rebuild);
    this.committer =
        new GroupCommitter<>(
            "store-committer", new BatchJournal(database, recovery), Command::bytes);
  }

  private void rebuild() {
    turns.rebuild(database);
    deliveries.rebuild();
  }

  /// Opens the store in a directory, which is made (for its owner alone) where it is missing. Takes as long as there are
  /// unfinished operations: their queue is rebuilt.
  ///
  /// @throws StoreException if another process has it open, if it is damaged, of a later version or not a store, or if it
  ///     cannot be written; the message names the directory, the cause and the mend
  public static RocksOperationStore open(Path path) {
    loadLibrary();
    var directory = StoreDirectory.prepare(path);
    ManifestGuard.check(directory);
    var database = Database.open(directory.path(), directory.db(), directory.fresh());
    try {
      ManifestGuard.write(directory);
      directory.markFormat();
      return new RocksOperationStore(directory, database);
    } catch (RuntimeException failed) {
      database.close();
      throw failed;
    }
  }

  private static void loadLibrary() {
    try {
      RocksDB.loadLibrary();
    } catch (RuntimeException | UnsatisfiedLinkError failed) {
      throw new StoreException(
          "the native library of RocksDB cannot be loaded: "
              + failed.getMessage()
              + "; let -Djava.io.tmpdir name a folder from which programs may run",
          failed);
    }
  }

  /// The deliveries of this store; as long as it is open.
  public DeliveryStore deliveries() {
    return deliveries;
  }

  /// The gateway's own records in this store; as long as it is open.
  public RecordStore records() {
    return ownRecords;
  }

  /// Gives out everything that is in this store; as long as it is open.
  public StoreExport exporting() {
    return new RocksExport(database, records);
  }

  /// Takes in everything that is in another store, while nobody works with this one.
  public StoreImport importing() {
    return new RocksImport(directory.path(), database, bodies, this::rebuild);
  }

  /// Tells what is in this store; as long as it is open.
  public StoreInspection inspection() {
    return new RocksInspection(database, directory);
  }

  /// Copies the store as it is now into a directory that is not there, without the files that others have put beside it.
  ///
  /// @throws StoreException if that cannot be done; the message names the mend
  public void copyTo(Path to) {
    StoreCopy.make(database, directory, to);
  }

  @Override
  public Spool spool(OperationId id, String tenant, Part part) {
    checkOpen();
    return bodies.spool(id, part);
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
            key.map(claim ->
                new Command.KeyClaim(
                    CallerDigests.idempotency(operation.caller(), claim.key()),
                    claim.fingerprint(),
                    claim.validSince())));
    var acceptance = ((Result.Accepted) submit(command, request)).acceptance();
    boolean stored = acceptance instanceof Acceptance.Stored;
    settle(request, stored);
    if (stored) {
      turns.committed(operation);
    }
    return acceptance;
  }

  @Override
  public List<Operation> claim(int max, Permits permits, Lease lease, Instant now) {
    var claimed = new ArrayList<Operation>();
    while (claimed.size() < max) {
      var due = turns.take(max - claimed.size(), permits, now);
      if (due.isEmpty()) {
        break;
      }
      try {
        claimed.addAll(start(due, permits, lease, now));
      } catch (StoreException failed) {
        // What was not started keeps its turn; what was started before the failure is handed out
        // all the same.
        due.forEach(turn -> permits.release(turn.key()));
        turns.release(due);
        if (claimed.isEmpty()) {
          throw failed;
        }
        break;
      }
    }
    return claimed;
  }

  private List<Operation> start(List<QueueEntry> due, Permits permits, Lease lease, Instant now) {
    var found =
        database.use(db -> {
          var waiting = new ArrayList<Operation>(due.size());
          for (var turn : due) {
            // A turn may be stale: canceled, started through another turn, or put off.
            Records.findActive(db, turn.id())
                .filter(operation -> isDue(operation, now))
                .ifPresent(waiting::add);
          }
          return waiting;
        });
    var running = new ArrayList<Operation>(found.size());
    var changes = new ArrayList<Command.Change>(found.size());
    for (var waiting : found) {
      var next = waiting.to(Lifecycle.start((State.Queued) waiting.state(), lease, now));
      running.add(next);
      changes.add(Records.change(waiting, next));
    }
    var started = started(running, changes);
    var ids = new HashSet<OperationId>();
    started.forEach(operation -> ids.add(operation.id()));
    for (var turn : due) {
      if (!ids.remove(turn.id())) {
        permits.release(turn.key());
      }
    }
    return started;
  }

  private static boolean isDue(Operation operation, Instant now) {
    return operation.state() instanceof State.Queued queued && !queued.dueAt().isAfter(now);
  }

  private List<Operation> started(List<Operation> running, List<Command.Change> changes) {
    if (changes.isEmpty()) {
      return List.of();
    }
    var made = ((Result.Changed) submit(new Command.Start(changes), Content.EMPTY)).made();
    var started = new ArrayList<Operation>(running.size());
    for (int i = 0; i < running.size(); i++) {
      if (made.get(i)) {
        turns.committed(running.get(i));
        started.add(running.get(i));
      }
    }
    return started;
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
      turns.committed(to);
      delivery.ifPresent(deliveries::committed);
    }
    return made;
  }

  private Result submit(Command command, Content content) {
    if (content instanceof Content.Spooled(long _, BodySpool spool)) {
      spool.committing();
    }
    var result = committer.submit(command);
    if (result instanceof Result.Refused(var why)) {
      settle(content, false);
      throw new StoreException(why);
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
  public Optional<StoredContent> content(Operation operation, Part part) {
    return database.use(db -> records.content(db, operation.id(), part));
  }

  @Override
  public Page list(Listing listing) {
    return database.use(db -> Records.list(db, listing));
  }

  @Override
  public Set<String> renew(String holder, Duration lifetime, Instant now) {
    checkOpen();
    return leases.renew(holder, lifetime, now);
  }

  @Override
  public void leave(String holder) {
    checkOpen();
    leases.leave(holder);
  }

  private void checkOpen() {
    if (closed) {
      throw new StoreException("the store is closed");
    }
  }

  @Override
  public List<LeasedOperation> held(String holder) {
    return database.use(db -> {
      var held = new ArrayList<LeasedOperation>();
      for (var id : turns.running()) {
        Records.held(db, id)
            .filter(running -> leases.concerns(holder, running.lease()))
            .ifPresent(held::add);
      }
      return held;
    });
  }

  @Override
  public long queued() {
    return turns.waiting();
  }

  @Override
  public Optional<Instant> nextDue(Permits permits) {
    return turns.nextDue(permits);
  }

  @Override
  public void prune(Instant cutoff) {
    var before = OperationId.lowest(cutoff);
    synchronized (sweeping) {
      submit(new Command.BeginSweep(before), Content.EMPTY);
      var plan = database.use(db -> PrunePlan.make(db, before));
      var gaps = ((Result.Swept) submit(new Command.Sweep(plan), Content.EMPTY)).gaps();
      if (gaps.isEmpty()) {
        return;
      }
      var bounds = PrunePlan.bounds(gaps);
      database.use(db -> {
        for (var column : List.of(Column.CALLS, Column.ENDED, Column.CONTENTS)) {
          db.dropFiles(column, bounds);
        }
        return true;
      });
      bodies.prune(before, id -> gaps.stream().anyMatch(gap -> gap.contains(id)));
    }
  }

  @Override
  public void probe() {
    submit(new Command.Probe(), Content.EMPTY);
  }

  @Override
  public void close() {
    synchronized (closing) {
      if (closed) {
        return;
      }
      closed = true;
      committer.close();
      database.close();
      ManifestGuard.write(directory);
    }
  }
}
