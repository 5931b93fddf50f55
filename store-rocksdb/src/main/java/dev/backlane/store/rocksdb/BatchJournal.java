package dev.backlane.store.rocksdb;

import dev.backlane.engine.codec.CorruptRecordException;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.store.Acceptance;
import dev.backlane.engine.store.StoreException;
import dev.backlane.engine.store.commit.GroupCommitter;
import dev.backlane.store.rocksdb.Command.Result;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;

/// Applies batches to RocksDB: compares, sets, fsyncs once. All comparing happens here, in the committer's thread, so that no
/// two changes can pass each other. After a failed write nothing is written until the database was opened anew, since only its
/// log can tell what of that write is there.
final class BatchJournal implements GroupCommitter.Journal<Command, Result> {
  private static final byte[] PROBE = "probe".getBytes(StandardCharsets.US_ASCII);

  private final Database database;
  private final Recovery recovery;
  private @Nullable OperationId sweeping;
  private final List<OperationId> lateArrivals = new ArrayList<>();
  private int firstDay = Integer.MAX_VALUE;
  private int lastDay = -1;
  private int hoursForgotten;
  private int daysForgotten;

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
          results.add(apply(batch, command));
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
      recovery.needed(failed);
      throw new StoreException(recovery.why(), failed);
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
          batch.deliver(delivery.get());
        }
        yield new Result.Changed(List.of(made));
      }
      case Command.Start(var changes) -> {
        var made = new ArrayList<Boolean>(changes.size());
        for (var change : changes) {
          made.add(change(batch, change));
        }
        yield new Result.Changed(made);
      }
      case Command.Deliver(var change) -> new Result.Changed(List.of(deliver(batch, change)));
      case Command.Keep(var changes) -> new Result.Changed(List.of(keep(batch, changes)));
      case Command.ForgetDeliveries(var cutoff) -> {
        batch.forgetDeliveries(cutoff);
        yield new Result.Done();
      }
      case Command.BeginSweep(var cutoff) -> {
        sweeping = cutoff;
        lateArrivals.clear();
        yield new Result.Done();
      }
      case Command.Sweep(var plan) -> new Result.Swept(sweep(batch, plan));
      case Command.Probe _ -> {
        batch.mark(PROBE, PROBE);
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
      lateArrivals.add(accept.id());
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

  private static boolean change(Batch batch, Command.Change change)
      throws RocksDBException, CorruptRecordException {
    if (batch.version(change.id()) != change.from()) {
      return false;
    }
    batch.change(change);
    return true;
  }

  private static boolean deliver(Batch batch, Command.DeliveryChange change)
      throws RocksDBException, CorruptRecordException {
    if (batch.deliveryVersion(change.id()) != change.from()) {
      return false;
    }
    batch.deliver(change);
    return true;
  }

  private static boolean keep(Batch batch, List<Command.RecordChange> changes)
      throws RocksDBException, CorruptRecordException {
    for (var change : changes) {
      if (batch.recordVersion(change.key()) != change.from()) {
        return false;
      }
    }
    for (var change : changes) {
      batch.keep(change);
    }
    return true;
  }

  private List<PrunePlan.Gap> sweep(Batch batch, PrunePlan plan) throws RocksDBException {
    var gaps =
        plan.gaps().stream().filter(gap -> lateArrivals.stream().noneMatch(gap::contains)).toList();
    for (var gap : gaps) {
      batch.prune(gap);
    }
    // The index and the keys of one operation are not found by its id: they go once nothing of
    // their time is left unfinished.
    var oldest = plan.oldestSurvivor().orElse(plan.cutoff());
    for (var late : lateArrivals) {
      oldest = late.compareTo(oldest) < 0 ? late : oldest;
    }
    if (Keys.hour(oldest) > hoursForgotten) {
      hoursForgotten = Keys.hour(oldest);
      batch.forgetBuckets(Column.OWNED, hoursForgotten);
    }
    if (Keys.day(oldest) > daysForgotten) {
      daysForgotten = Keys.day(oldest);
      batch.forgetBuckets(Column.KEYS, daysForgotten);
      firstDay = Math.max(firstDay, daysForgotten);
    }
    sweeping = null;
    lateArrivals.clear();
    return gaps;
  }
}
