package dev.backlane.store.rocksdb;

import dev.backlane.engine.codec.CallerDigests;
import dev.backlane.engine.codec.CorruptRecordException;
import dev.backlane.engine.codec.DeliveryCodec;
import dev.backlane.engine.codec.OperationCodec;
import dev.backlane.engine.inspection.OutcomeCount;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.operation.State;
import dev.backlane.engine.store.StoreInspection;
import dev.backlane.engine.store.StoreStats;
import dev.backlane.engine.store.failure.StoreException;
import dev.backlane.engine.store.search.UnsuccessfulEnd;
import dev.backlane.store.rocksdb.database.Column;
import dev.backlane.store.rocksdb.database.Database;
import dev.backlane.store.rocksdb.database.Keys;
import dev.backlane.store.rocksdb.database.OpenDatabase;
import dev.backlane.store.rocksdb.database.StoreDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;

/// Statistics and checks of the embedded store. Thread-safe.
final class RocksInspection implements StoreInspection {
  private final Database database;
  private final StoreDirectory directory;

  RocksInspection(Database database, StoreDirectory directory) {
    this.database = database;
    this.directory = directory;
  }

  /// Visits a row of a column.
  @FunctionalInterface
  private interface RowVisitor {
    void visit(byte[] key, byte[] value) throws RocksDBException, CorruptRecordException;
  }

  private static void each(OpenDatabase db, Column column, RowVisitor visitor)
      throws RocksDBException, CorruptRecordException {
    try (var rows = db.iterator(column)) {
      for (rows.seekToFirst(); rows.isValid(); rows.next()) {
        visitor.visit(rows.key(), rows.value());
      }
      rows.status();
    }
  }

  private static long count(OpenDatabase db, Column column)
      throws RocksDBException, CorruptRecordException {
    var count = new long[1];
    each(db, column, (_, _) -> count[0]++);
    return count[0];
  }

  @Override
  public StoreStats stats() {
    return database.use(db ->
        new StoreStats(
            operations(db),
            new StoreStats.Deliveries(
                count(db, Column.DELIVERIES_DUE), count(db, Column.DELIVERIES_ENDED)),
            count(db, Column.KEYS),
            count(db, Column.RECORDS),
            bytes(db),
            List.of()));
  }

  private static StoreStats.Operations operations(OpenDatabase db)
      throws RocksDBException, CorruptRecordException {
    var active = new long[3];
    each(
        db,
        Column.ACTIVE,
        (_, progress) -> {
          var state = OperationCodec.progress(progress).state();
          int kind = state instanceof State.Running ? 2 : state.startedAt().isPresent() ? 1 : 0;
          active[kind]++;
        });
    var ended = new OutcomeCount();
    each(db, Column.ENDED, (_, progress) -> ended.add(progress, 1));
    try (var calls = db.iterator(Column.CALLS)) {
      calls.seekToFirst();
      var oldest = id(calls);
      calls.seekToLast();
      return new StoreStats.Operations(
          active[0], active[1], active[2], ended.total(), oldest, id(calls));
    }
  }

  private static Optional<OperationId> id(RocksIterator rows) throws RocksDBException {
    rows.status();
    return rows.isValid() ? Optional.of(OperationId.of(rows.key())) : Optional.empty();
  }

  private Map<String, Long> bytes(OpenDatabase db) throws RocksDBException {
    var bytes = new LinkedHashMap<String, Long>();
    bytes.put(
        "operations",
        db.bytes(Column.ACTIVE)
            + db.bytes(Column.ENDED)
            + db.bytes(Column.UNSUCCESSFUL)
            + db.bytes(Column.CALLS)
            + db.bytes(Column.OWNED));
    bytes.put("contents", db.bytes(Column.CONTENTS) + folderBytes(directory.bodies(), ""));
    bytes.put("keys", db.bytes(Column.KEYS));
    bytes.put("deliveries", db.bytes(Column.DELIVERIES_DUE) + db.bytes(Column.DELIVERIES_ENDED));
    bytes.put("records", db.bytes(Column.RECORDS));
    // Recent writes are only in the log.
    bytes.put("log", folderBytes(directory.db(), ".log"));
    return bytes;
  }

  private static long folderBytes(Path folder, String suffix) {
    try (var files = Files.walk(folder)) {
      long bytes = 0;
      for (var file : files.filter(Files::isRegularFile).toList()) {
        bytes += file.toString().endsWith(suffix) ? Files.size(file) : 0;
      }
      return bytes;
    } catch (IOException unreadable) {
      throw new StoreException(folder + " cannot be read: " + unreadable, unreadable);
    }
  }

  @Override
  public List<StoreStats.Node> nodes() {
    return List.of();
  }

  @Override
  public void check(Consumer<String> problems) {
    database.use(db -> {
      each(db, Column.ACTIVE, (key, progress) -> active(db, key, progress, problems));
      each(db, Column.ENDED, (key, progress) -> ended(db, key, progress, problems));
      each(db, Column.CALLS, (key, call) -> owned(db, key, call, problems));
      each(
          db,
          Column.CONTENTS,
          (key, _) -> {
            var id = OperationId.of(Arrays.copyOf(key, OperationId.BYTES));
            if (db.get(Column.CALLS, id.bytes()) == null) {
              problems.accept("a content belongs to operation " + id + ", which does not exist");
            }
          });
      keys(db, problems);
      deliveries(db, problems);
      return true;
    });
  }

  private static void active(
      OpenDatabase db, byte[] key, byte[] progress, Consumer<String> problems)
      throws RocksDBException {
    var id = OperationId.of(key);
    if (db.get(Column.CALLS, key) == null) {
      problems.accept("operation " + id + " has not ended, but its call is missing");
    }
    if (db.get(Column.ENDED, key) != null) {
      problems.accept("operation " + id + " has both ended and not ended");
    }
    try {
      if (OperationCodec.progress(progress).state() instanceof State.Ended) {
        problems.accept("operation " + id + " has ended, but is stored as active");
      }
    } catch (CorruptRecordException damaged) {
      // The check of each operation reports it, unless its call is missing.
      if (db.get(Column.CALLS, key) == null) {
        problems.accept("operation " + id + " is damaged: " + damaged.getMessage());
      }
    }
  }

  private static void ended(OpenDatabase db, byte[] key, byte[] progress, Consumer<String> problems)
      throws RocksDBException {
    var id = OperationId.of(key);
    if (db.get(Column.CALLS, key) == null) {
      problems.accept("operation " + id + " has ended, but its call is missing");
    }
    try {
      var state = OperationCodec.progress(progress).state();
      if (!(state instanceof State.Ended)) {
        problems.accept("operation " + id + " has not ended, but is stored as ended");
      }
      byte[] end = db.get(Column.UNSUCCESSFUL, key);
      if (UnsuccessfulEnd.of(state)
          != (end == null ? UnsuccessfulEnd.NONE : Keys.unsuccessfulEnd(end))) {
        problems.accept("operation " + id + " is not found by how it ended");
      }
    } catch (CorruptRecordException damaged) {
      if (db.get(Column.CALLS, key) == null) {
        problems.accept("operation " + id + " is damaged: " + damaged.getMessage());
      }
    }
  }

  private static void owned(OpenDatabase db, byte[] key, byte[] call, Consumer<String> problems)
      throws RocksDBException {
    var id = OperationId.of(key);
    try {
      for (byte[] owner : CallerDigests.owners(OperationCodec.caller(call))) {
        if (db.get(Column.OWNED, Keys.owned(Keys.hour(id), owner, id)) == null) {
          problems.accept("operation " + id + " is not listed for its caller");
        }
      }
    } catch (CorruptRecordException reportedAlready) {
      return;
    }
  }

  /// A missing operation that is newer than all pruned ones was lost.
  private static void keys(OpenDatabase db, Consumer<String> problems)
      throws RocksDBException, CorruptRecordException {
    long prunedTo = ExpiryColumn.progress(db, ExpiryColumn.Kind.OPERATIONS).prunedToMillis();
    each(
        db,
        Column.KEYS,
        (key, value) -> {
          var first = RocksExport.use(key, value).first();
          if (first.receivedAt().toEpochMilli() >= prunedTo
              && db.get(Column.CALLS, first.bytes()) == null) {
            problems.accept(
                "an idempotency key refers to operation " + first + ", which does not exist");
          }
        });
  }

  private static void deliveries(OpenDatabase db, Consumer<String> problems)
      throws RocksDBException, CorruptRecordException {
    for (var column : List.of(Column.DELIVERIES_DUE, Column.DELIVERIES_ENDED)) {
      each(
          db,
          column,
          (key, record) -> {
            var id = OperationId.of(key);
            try {
              boolean ended = DeliveryCodec.delivery(id, record).ended();
              if (ended == (column == Column.DELIVERIES_DUE)) {
                problems.accept(
                    "delivery "
                        + id
                        + (ended ? " has ended" : " waits")
                        + ", but is stored as if not");
              }
            } catch (CorruptRecordException reportedAlready) {
              return;
            }
          });
    }
  }
}
