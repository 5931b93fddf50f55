package dev.backlane.store.rocksdb;

import dev.backlane.engine.codec.CorruptRecordException;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.store.Acceptance;
import dev.backlane.engine.store.StoreException;
import dev.backlane.engine.store.commit.GroupCommitter;
import dev.backlane.store.rocksdb.Command.Result;
import dev.backlane.store.rocksdb.database.Column;
import dev.backlane.store.rocksdb.database.DamagedRecords;
import dev.backlane.store.rocksdb.database.Database;
import dev.backlane.store.rocksdb.database.Keys;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Applies batches to RocksDB: compares versions, writes the changes, and flushes once per batch.
/// All comparisons are made on the committer's thread, so changes cannot interleave. After a failed
/// write all commands are refused until the database has been reopened, because only its log shows
/// which part of the batch was written.
final class BatchJournal implements GroupCommitter.Journal<Command, Result> {
  private static final Logger LOG = LoggerFactory.getLogger(BatchJournal.class);
  private static final byte[] PROBE = "probe".getBytes(StandardCharsets.US_ASCII);

  private final Database database;
  private final Recovery recovery;
  private @Nullable OperationId sweeping;
  private final List<OperationId> acceptedDuringSweep = new ArrayList<>();
  private int firstDay = Integer.MAX_VALUE;
  private int lastDay = -1;
  private int hoursPruned;
  private int daysPruned;

  BatchJournal(Database database, Recovery recovery) {
    this.database = database;
    this.recovery = recovery;
    database.use(db -> {
      try (var keys = db.iterator(Column.KEYS)) {
        keys.seekToFirst();
        if (keys.isValid()) {
          firstDay = Keys.bucketOf(keys.key());
          keys.seekToLast();
          lastDay = Keys.bucketOf(keys.key());
        }
        keys.status();
      }
      return true;
    });
  }

  @Override
  public List<Result> commit(List<Command> commands) {
    var refusal = recovery.attempt();
    if (refusal.isPresent()) {
      var refused = new ArrayList<Result>(commands.size());
      commands.forEach(_ -> refused.add(new Result.Refused(refusal.get())));
      return refused;
    }
    return database.use(db -> {
      try (var batch = new Batch(db)) {
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
      recovery.begin(failed);
      throw new StoreException(recovery.reason(), failed);
    }
  }

  // A record that cannot be read must not fail the other commands of the batch. A command reads
  // before it writes, so one that fails has written nothing.
  private Result applyOrSetAside(Batch batch, Command command) throws RocksDBException {
    try {
      return apply(batch, command);
    } catch (CorruptRecordException damaged) {
      return new Result.Damaged("a stored record is damaged: " + damaged.getMessage());
    } catch (RocksDBException failed) {
      if (!DamagedRecords.isDamage(failed)) {
        throw failed;
      }
      return new Result.Damaged("a stored record is damaged: " + failed.getMessage());
    }
  }

  private Result apply(Batch batch, Command command)
      throws RocksDBException, CorruptRecordException {
    return switch (command) {
      case Command.Accept accept -> new Result.Accepted(accept(batch, accept));
      case Command.Replace(var change, var content, var delivery) -> {
        boolean made = change(batch, change);
        if (made) {
          batch.content(content);
        }
        if (made && delivery.isPresent()) {
          batch.changeDelivery(delivery.get());
        }
        yield new Result.Changed(List.of(made));
      }
      case Command.Start(var changes) -> {
        var made = new ArrayList<Boolean>(changes.size());
        for (var change : changes) {
          made.add(start(batch, change));
        }
        yield new Result.Changed(made);
      }
      case Command.ChangeDelivery(var change) ->
          new Result.Changed(List.of(changeDelivery(batch, change)));
      case Command.ChangeRecords(var changes) ->
          new Result.Changed(List.of(changeRecords(batch, changes)));
      case Command.PruneDeliveries(var cutoff) -> {
        batch.pruneDeliveries(cutoff);
        yield new Result.Done();
      }
      case Command.BeginSweep(var cutoff) -> {
        sweeping = cutoff;
        acceptedDuringSweep.clear();
        yield new Result.Done();
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
      batch.useKey(Keys.dated(day, claim.digest()), accept.id(), claim.fingerprint());
      firstDay = Math.min(firstDay, day);
      lastDay = Math.max(lastDay, day);
    }
    batch.accept(accept);
    if (sweeping != null && accept.id().compareTo(sweeping) < 0) {
      acceptedDuringSweep.add(accept.id());
    }
    return new Acceptance.Stored();
  }

  private Optional<Acceptance> taken(Batch batch, Command.KeyClaim claim) throws RocksDBException {
    for (int day = lastDay; day >= Math.max(firstDay, Keys.day(claim.validSince())); day--) {
      byte[] use = batch.keyUse(Keys.dated(day, claim.digest()));
      if (use == null) {
        continue;
      }
      var first = OperationId.of(Arrays.copyOf(use, OperationId.BYTES));
      if (!first.receivedAt().isBefore(claim.validSince()) && batch.exists(first)) {
        byte[] fingerprint = Arrays.copyOfRange(use, OperationId.BYTES, use.length);
        return Optional.of(
            Arrays.equals(fingerprint, claim.fingerprint())
                ? new Acceptance.Repeated(first)
                : new Acceptance.KeyReused(first));
      }
    }
    return Optional.empty();
  }

  /// Starts one of several operations; false if its record is damaged.
  private static boolean start(Batch batch, Command.Change change) throws RocksDBException {
    try {
      return change(batch, change);
    } catch (CorruptRecordException damaged) {
      LOG.error("operation {} cannot be started: {}", change.id(), damaged.getMessage());
      return false;
    }
  }

  private static boolean change(Batch batch, Command.Change change)
      throws RocksDBException, CorruptRecordException {
    if (batch.version(change.id()) != change.from()) {
      return false;
    }
    batch.change(change);
    return true;
  }

  private static boolean changeDelivery(Batch batch, Command.DeliveryChange change)
      throws RocksDBException, CorruptRecordException {
    if (batch.deliveryVersion(change.id()) != change.from()) {
      return false;
    }
    batch.changeDelivery(change);
    return true;
  }

  private static boolean changeRecords(Batch batch, List<Command.RecordChange> changes)
      throws RocksDBException, CorruptRecordException {
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
    // Index entries and idempotency keys cannot be found by the id of their operation: they are
    // pruned bucket by bucket, once all operations received up to the end of a bucket have ended.
    var oldest = plan.oldestSurvivor().orElse(plan.cutoff());
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
      firstDay = Math.max(firstDay, daysPruned);
    }
    sweeping = null;
    acceptedDuringSweep.clear();
    return gaps;
  }
}
