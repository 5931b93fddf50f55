package dev.backlane.store.rocksdb;

import dev.backlane.engine.codec.CorruptRecordException;
import dev.backlane.engine.codec.KeyUse;
import dev.backlane.engine.codec.StoredDelivery;
import dev.backlane.engine.codec.StoredOperation;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.store.RecordStore;
import dev.backlane.engine.store.StoreExport;
import dev.backlane.engine.store.content.Part;
import dev.backlane.engine.store.content.StoredContent;
import dev.backlane.engine.store.failure.StoreException;
import dev.backlane.engine.transfer.UnfinishedTransfer;
import dev.backlane.store.rocksdb.database.Column;
import dev.backlane.store.rocksdb.database.Database;
import dev.backlane.store.rocksdb.database.Keys;
import dev.backlane.store.rocksdb.database.OpenDatabase;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;

/// Reads the complete contents of the embedded store. Thread-safe.
final class RocksExport implements StoreExport {
  private static final byte[] NO_PROGRESS = new byte[0];

  private final Database database;
  private final Records records;

  RocksExport(Database database, Records records) {
    this.database = database;
    this.records = records;
  }

  @Override
  public Amount amount() {
    return database.use(db ->
        new Amount(
            db.estimatedRows(Column.CALLS),
            db.estimatedRows(Column.KEYS),
            db.estimatedRows(Column.DELIVERIES_DUE) + db.estimatedRows(Column.DELIVERIES_ENDED),
            db.estimatedRows(Column.RECORDS)));
  }

  @Override
  public List<StoredOperation> operations(OperationId after, int max) {
    return database.use(db -> {
      var page = new ArrayList<StoredOperation>();
      long bytes = 0;
      try (var calls = db.iterator(Column.CALLS)) {
        seekAfter(calls, after);
        while (calls.isValid() && page.size() < max && bytes < PAGE_BYTES_MAX) {
          var stored = stored(db, OperationId.of(calls.key()), calls.value());
          page.add(stored);
          bytes += stored.heldBytes();
          calls.next();
        }
        calls.status();
      }
      return page;
    });
  }

  private static void seekAfter(RocksIterator iterator, OperationId after) {
    byte[] key = after.bytes();
    iterator.seek(key);
    if (iterator.isValid() && Arrays.equals(iterator.key(), key)) {
      iterator.next();
    }
  }

  private StoredOperation stored(OpenDatabase db, OperationId id, byte[] call)
      throws RocksDBException {
    byte[] progress = db.get(Column.ACTIVE, id.bytes());
    if (progress == null) {
      progress = db.get(Column.ENDED, id.bytes());
    }
    return new StoredOperation(
        id,
        call,
        progress == null ? NO_PROGRESS : progress,
        content(db, id, Part.REQUEST),
        content(db, id, Part.RESPONSE));
  }

  private Optional<StoredContent> content(OpenDatabase db, OperationId id, Part part)
      throws RocksDBException {
    try {
      return records.content(db, id, part);
    } catch (CorruptRecordException damaged) {
      return Optional.of(new DamagedContent(String.valueOf(damaged.getMessage())));
    }
  }

  /// A content whose record cannot be decoded. The error is thrown when it is opened, so that other
  /// contents can be read.
  private record DamagedContent(String why) implements StoredContent {
    @Override
    public long length() {
      return 0;
    }

    @Override
    public InputStream open(long offset) {
      throw new StoreException(why);
    }
  }

  @Override
  public List<KeyUse> keys(Optional<KeyUse> after, int max) {
    return database.use(db -> {
      var page = new ArrayList<KeyUse>();
      try (var keys = db.iterator(Column.KEYS)) {
        if (after.isEmpty()) {
          keys.seekToFirst();
        } else {
          byte[] last = Keys.dated(after.get().day(), after.get().digest());
          keys.seek(last);
          if (keys.isValid() && Arrays.equals(keys.key(), last)) {
            keys.next();
          }
        }
        for (; keys.isValid() && page.size() < max; keys.next()) {
          var use = use(keys.key(), keys.value());
          // A key may remain for up to a day after its operation was pruned, without effect.
          if (exists(db, use.first())) {
            page.add(use);
          }
        }
        keys.status();
      }
      return page;
    });
  }

  static KeyUse use(byte[] key, byte[] value) {
    return new KeyUse(
        Keys.bucketOf(key),
        Arrays.copyOfRange(key, Keys.BUCKET_BYTES, key.length),
        OperationId.of(Arrays.copyOf(value, OperationId.BYTES)),
        Arrays.copyOfRange(value, OperationId.BYTES, value.length));
  }

  private static boolean exists(OpenDatabase db, OperationId id) throws RocksDBException {
    return db.get(Column.ACTIVE, id.bytes()) != null || db.get(Column.ENDED, id.bytes()) != null;
  }

  @Override
  public List<StoredDelivery> deliveries(OperationId after, int max) {
    return database.use(db -> {
      var page = new ArrayList<StoredDelivery>();
      for (var column : List.of(Column.DELIVERIES_DUE, Column.DELIVERIES_ENDED)) {
        try (var deliveries = db.iterator(column)) {
          seekAfter(deliveries, after);
          for (int taken = 0; deliveries.isValid() && taken < max; taken++) {
            page.add(new StoredDelivery(OperationId.of(deliveries.key()), deliveries.value()));
            deliveries.next();
          }
          deliveries.status();
        }
      }
      page.sort(Comparator.comparing(StoredDelivery::id));
      return List.copyOf(page.subList(0, Math.min(max, page.size())));
    });
  }

  @Override
  public List<RecordStore.Entry> records() {
    return database.use(db -> {
      var all = new ArrayList<RecordStore.Entry>();
      try (var stored = db.iterator(Column.RECORDS)) {
        for (stored.seekToFirst(); stored.isValid(); stored.next()) {
          var entry = RocksRecordStore.entry(stored.key(), stored.value());
          if (!UnfinishedTransfer.isMark(entry)) {
            all.add(entry);
          }
        }
        stored.status();
      }
      return all;
    });
  }

  @Override
  public List<String> others() {
    return List.of();
  }
}
