package dev.backlane.store.rocksdb;

import dev.backlane.engine.codec.KeyUse;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.store.Acceptance;
import dev.backlane.engine.store.commit.GroupCommitter;
import dev.backlane.engine.store.expiry.RetentionStep;
import dev.backlane.engine.store.failure.StoreException;
import dev.backlane.engine.store.local.RecentVersions;
import dev.backlane.store.rocksdb.Command.Result;
import dev.backlane.store.rocksdb.database.Column;
import dev.backlane.store.rocksdb.database.DamagedRecords;
import dev.backlane.store.rocksdb.database.Database;
import dev.backlane.store.rocksdb.database.Keys;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;

/// Applies batches to RocksDB: compares versions, writes the changes, and flushes once per batch.
/// All comparisons are made on the committer's thread, so changes cannot interleave. After a failed
/// write all commands are refused until the database has been reopened, because only its log shows
/// which part of the batch was written.
final class BatchJournal implements GroupCommitter.Journal<Command, Result> {
  private static final byte[] PROBE = "probe".getBytes(StandardCharsets.US_ASCII);

  private final Database database;
  private final Recovery recovery;
  private final RecentVersions recent;
  private final RecentVersions recentDeliveries = new RecentVersions();
  private @Nullable OperationId sweeping;
  private final List<OperationId> acceptedDuringSweep = new ArrayList<>();

  /// The days on which idempotency keys are stored.
  private final NavigableSet<Integer> days = new TreeSet<>();

  private ExpiryColumn operations;
  private ExpiryColumn deliveries;

  /// Whether a write failed, so that what is in memory may differ from what is stored.
  private boolean reload;

  private int hoursPruned;
  private int daysPruned;

  BatchJournal(Database database, Recovery recovery, RecentVersions recent) {
    this.database = database;
    this.recovery = recovery;
    this.recent = recent;
    database.use(db -> {
      try (var keys = db.iterator(Column.KEYS)) {
        for (keys.seekToFirst();
            keys.isValid();
            keys.seek(Keys.bucket(Keys.bucketOf(keys.key()) + 1))) {
          days.add(Keys.bucketOf(keys.key()));
        }
        keys.status();
      }
      return true;
    });
    this.operations = expiry(ExpiryColumn.Kind.OPERATIONS);
    this.deliveries = expiry(ExpiryColumn.Kind.DELIVERIES);
  }

  private ExpiryColumn expiry(ExpiryColumn.Kind kind) {
    return database.use(db -> ExpiryColumn.load(db, kind));
  }

  @Override
  public List<Result> commit(List<Command> commands) {
    var refusal = recovery.attempt();
    if (refusal.isPresent()) {
      var refused = new ArrayList<Result>(commands.size());
      commands.forEach(_ -> refused.add(new Result.Refused(refusal.get())));
      return refused;
    }
    if (reload) {
      recent.clear();
      recentDeliveries.clear();
      operations = expiry(ExpiryColumn.Kind.OPERATIONS);
      deliveries = expiry(ExpiryColumn.Kind.DELIVERIES);
      reload = false;
    }
    return database.use(db -> {
      try (var batch = new Batch(db, recent, recentDeliveries)) {
        var results = new ArrayList<Result>(commands.size());
        for (var command : commands) {
          results.add(applyOrSetAside(batch, command));
        }
        write(batch);
        return results;
      }
    });
  }

  private void write(Batch batch) throws RocksDBException {
    try {
      batch.commit();
    } catch (RocksDBException failed) {
      reload = true;
      recovery.begin(failed);
      throw new StoreException(recovery.reason(), failed);
    }
  }

  // A record that cannot be read must not fail the other commands of the batch. A command reads
  // before it writes, so one that fails has written nothing.
  private Result applyOrSetAside(Batch batch, Command command) throws RocksDBException {
    try {
      return apply(batch, command);
    } catch (RocksDBException failed) {
      if (!DamagedRecords.isDamage(failed)) {
        throw failed;
      }
      return new Result.Damaged("a stored record is damaged: " + failed.getMessage());
    }
  }

  private Result apply(Batch batch, Command command) throws RocksDBException {
    return switch (command) {
      case Command.Accept accept -> new Result.Accepted(accept(batch, accept));
      case Command.Replace replace -> new Result.Changed(List.of(replace(batch, replace)));
      case Command.ReplaceAll(var replaces) -> {
        var made = new ArrayList<Boolean>(replaces.size());
        for (var replace : replaces) {
          made.add(replace(batch, replace));
        }
        yield new Result.Changed(made);
      }
      case Command.Start(var changes, long mark) -> {
        var made = new ArrayList<Boolean>(changes.size());
        for (var change : changes) {
          made.add(change(batch, change, mark));
        }
        yield new Result.Changed(made);
      }
      case Command.ChangeDelivery(var change) ->
          new Result.Changed(List.of(changeDelivery(batch, change)));
      case Command.ChangeRecords(var changes) ->
          new Result.Changed(List.of(changeRecords(batch, changes)));
      case Command.PruneDeliveries(var step) -> {
        pruneDeliveries(batch, step);
        yield new Result.Done();
      }
      case Command.BeginSweep(var step) -> {
        var expired = operations.advance(step, batch.expiry());
        sweeping = expired.isEmpty() ? null : expired.getLast().to();
        acceptedDuringSweep.clear();
        yield new Result.Expired(expired);
      }
      case Command.Sweep(var plan) -> new Result.Swept(sweep(batch, plan));
      case Command.Probe _ -> {
        batch.writeDefault(PROBE, PROBE);
        yield new Result.Done();
      }
    };
  }

  private Acceptance accept(Batch batch, Command.Accept accept) throws RocksDBException {
    if (accept.key().isPresent()) {
      var claim = accept.key().get();
      var taken = taken(batch, claim);
      if (taken.isPresent()) {
        return taken.get();
      }
      int day = Keys.day(accept.id());
      batch.useKey(Keys.dated(day, claim.digests().own()), accept.id(), claim.fingerprint());
      days.add(day);
    }
    batch.accept(accept);
    if (sweeping != null && accept.id().compareTo(sweeping) < 0) {
      acceptedDuringSweep.add(accept.id());
    }
    return new Acceptance.Stored();
  }

  private Optional<Acceptance> taken(Batch batch, Command.KeyClaim claim) throws RocksDBException {
    if (claim.digests().other().isPresent()) {
      var use = use(batch, claim.digests().other().get());
      if (use.isPresent() && batch.isOf(use.get().first(), claim.caller())) {
        return use.map(found -> acceptance(found, claim));
      }
    }
    return use(batch, claim.digests().own()).map(found -> acceptance(found, claim));
  }

  /// The use of a key by an operation that is stored.
  private Optional<KeyUse> use(Batch batch, byte[] digest) throws RocksDBException {
    for (int day : days.descendingSet()) {
      byte[] datedKey = Keys.dated(day, digest);
      byte[] value = batch.keyUse(datedKey);
      if (value == null) {
        continue;
      }
      var use = RocksExport.use(datedKey, value);
      if (batch.exists(use.first())) {
        return Optional.of(use);
      }
    }
    return Optional.empty();
  }

  private static Acceptance acceptance(KeyUse use, Command.KeyClaim claim) {
    return Arrays.equals(use.fingerprint(), claim.fingerprint())
        ? new Acceptance.Repeated(use.first())
        : new Acceptance.KeyReused(use.first());
  }

  private boolean replace(Batch batch, Command.Replace replace) throws RocksDBException {
    boolean made = change(batch, replace.change(), RecentVersions.NO_MARK);
    if (made) {
      batch.content(replace.content());
    }
    if (made && replace.delivery().isPresent()) {
      makeDelivery(batch, replace.delivery().get());
    }
    return made;
  }

  private boolean change(Batch batch, Command.Change change, long mark) throws RocksDBException {
    if (batch.version(change, mark) != change.from()) {
      return false;
    }
    batch.change(change);
    if (change.ended()) {
      operations.ended(change.id(), batch.expiry());
    }
    return true;
  }

  private boolean changeDelivery(Batch batch, Command.DeliveryChange change)
      throws RocksDBException {
    if (batch.deliveryVersion(change) != change.from()) {
      return false;
    }
    makeDelivery(batch, change);
    return true;
  }

  private void makeDelivery(Batch batch, Command.DeliveryChange change) throws RocksDBException {
    batch.changeDelivery(change);
    if (change.ended()) {
      deliveries.ended(change.id(), batch.expiry());
    }
  }

  private void pruneDeliveries(Batch batch, RetentionStep step) throws RocksDBException {
    var expired = deliveries.advance(step, batch.expiry());
    for (var bucket : expired) {
      batch.pruneDeliveries(bucket);
    }
    if (!expired.isEmpty()) {
      // It has versions of ended deliveries also.
      recentDeliveries.clear();
    }
    deliveries.remove(expired, batch.expiry());
  }

  private static boolean changeRecords(Batch batch, List<Command.RecordChange> changes)
      throws RocksDBException {
    for (var change : changes) {
      if (batch.recordVersion(change.key()) != change.from()) {
        return false;
      }
    }
    for (var change : changes) {
      batch.changeRecord(change);
    }
    return true;
  }

  private List<PrunePlan.Gap> sweep(Batch batch, PrunePlan plan) throws RocksDBException {
    var gaps =
        plan.gaps().stream()
            .filter(gap -> acceptedDuringSweep.stream().noneMatch(gap::contains))
            .toList();
    for (var gap : gaps) {
      batch.prune(gap);
    }
    operations.remove(plan.planned(), batch.expiry());
    // Index entries and idempotency keys cannot be found by the id of their operation: they are
    // pruned by hours and days, once all operations received up to the end of one are pruned.
    var oldest = operations.oldestOr(plan.oldestActive());
    for (var late : acceptedDuringSweep) {
      oldest = late.compareTo(oldest) < 0 ? late : oldest;
    }
    if (Keys.hour(oldest) > hoursPruned) {
      hoursPruned = Keys.hour(oldest);
      batch.pruneBuckets(Column.OWNED, hoursPruned);
    }
    if (Keys.day(oldest) > daysPruned) {
      daysPruned = Keys.day(oldest);
      batch.pruneBuckets(Column.KEYS, daysPruned);
      days.headSet(daysPruned, false).clear();
    }
    sweeping = null;
    acceptedDuringSweep.clear();
    return gaps;
  }
}
