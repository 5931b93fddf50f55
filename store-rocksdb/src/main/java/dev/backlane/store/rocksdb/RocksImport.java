package dev.backlane.store.rocksdb;

import dev.backlane.engine.codec.CallerDigests;
import dev.backlane.engine.codec.CorruptRecordException;
import dev.backlane.engine.codec.KeyUse;
import dev.backlane.engine.codec.StoredDelivery;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.store.RecordStore;
import dev.backlane.engine.store.StoreImport;
import dev.backlane.engine.store.content.Content;
import dev.backlane.engine.store.content.Part;
import dev.backlane.engine.store.content.Spool;
import dev.backlane.engine.store.failure.StoreException;
import dev.backlane.engine.store.search.UnsuccessfulEnd;
import dev.backlane.engine.transfer.UnfinishedTransfer;
import dev.backlane.store.rocksdb.body.BodyFiles;
import dev.backlane.store.rocksdb.body.BodySpool;
import dev.backlane.store.rocksdb.database.Column;
import dev.backlane.store.rocksdb.database.Database;
import dev.backlane.store.rocksdb.database.Keys;
import dev.backlane.store.rocksdb.database.OpenDatabase;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;

/// Fills an empty embedded store with the contents of another store.
final class RocksImport implements StoreImport {
  private static final OperationId HIGHEST_ID = new OperationId(-1, -1);
  private static final byte[] EMPTY = new byte[0];

  /// An upper bound of all keys: longer than any key, all bits set.
  private static final byte[] LAST_KEY = lastKey();

  private static final List<Column> FILLED =
      Arrays.stream(Column.values()).filter(column -> column != Column.DEFAULT).toList();

  private final Path store;
  private final Database database;
  private final BodyFiles bodies;
  private final Runnable filled;
  private final ExpiryColumn expiry = ExpiryColumn.ofImport(ExpiryColumn.Kind.OPERATIONS);
  private final ExpiryColumn deliveryExpiry = ExpiryColumn.ofImport(ExpiryColumn.Kind.DELIVERIES);

  /// @param store the directory that error messages name
  /// @param filled called when the import is complete
  RocksImport(Path store, Database database, BodyFiles bodies, Runnable filled) {
    this.store = store;
    this.database = database;
    this.bodies = bodies;
    this.filled = filled;
  }

  private static byte[] lastKey() {
    byte[] key = new byte[4096];
    Arrays.fill(key, (byte) 0xFF);
    return key;
  }

  @Override
  public void begin() {
    byte[] mark = RocksRecordStore.key(UnfinishedTransfer.KIND, UnfinishedTransfer.NAME);
    boolean unfinished = database.use(db -> db.get(Column.RECORDS, mark) != null);
    if (!unfinished && !database.use(RocksImport::empty)) {
      throw new StoreException(
          "the store directory " + store + " is not empty; choose an empty or a new directory");
    }
    write((db, batch) -> {
      for (var column : FILLED) {
        batch.deleteRange(db.handle(column), EMPTY, LAST_KEY);
      }
      batch.put(db.handle(Column.RECORDS), mark, RocksRecordStore.bytes(UnfinishedTransfer.mark()));
    });
    bodies.recoverIncoming(_ -> false);
    bodies.prune(HIGHEST_ID, _ -> true);
  }

  private static boolean empty(OpenDatabase db) throws RocksDBException {
    for (var column : FILLED) {
      if (column == Column.EXPIRY) {
        // Has progress even if nothing was stored yet.
        continue;
      }
      try (var rows = db.iterator(column)) {
        rows.seekToFirst();
        rows.status();
        if (rows.isValid()) {
          return false;
        }
      }
    }
    return true;
  }

  @FunctionalInterface
  private interface Writes {
    void addTo(OpenDatabase db, WriteBatch batch) throws RocksDBException, CorruptRecordException;
  }

  private void write(Writes writes) {
    database.use(db -> {
      try (var batch = new WriteBatch()) {
        writes.addTo(db, batch);
        db.write(batch);
      }
      return true;
    });
  }

  @Override
  public Spool spool(OperationId id, Part part) {
    return bodies.spool(id, part);
  }

  @Override
  public void operations(List<Copy> operations) {
    var spools =
        operations.stream()
            .flatMap(copy -> Stream.of(copy.request(), copy.response()))
            .flatMap(content ->
                content instanceof Content.Spooled(long _, BodySpool spool)
                    ? Stream.of(spool)
                    : Stream.empty())
            .toList();
    spools.forEach(BodySpool::committing);
    write((db, batch) -> {
      for (var copy : operations) {
        put(db, batch, copy);
      }
    });
    spools.forEach(BodySpool::stored);
  }

  private void put(OpenDatabase db, WriteBatch batch, Copy copy) throws RocksDBException {
    var operation = copy.operation();
    if (operation.ended()) {
      expiry.ended(operation.id(), new ExpiryColumn.Writes(db, batch));
    }
    byte[] id = operation.id().bytes();
    batch.put(db.handle(Column.CALLS), id, copy.stored().call());
    batch.put(
        db.handle(operation.ended() ? Column.ENDED : Column.ACTIVE), id, copy.stored().progress());
    int end = UnsuccessfulEnd.of(operation.state());
    if (end != UnsuccessfulEnd.NONE) {
      batch.put(db.handle(Column.UNSUCCESSFUL), id, Keys.unsuccessfulEnd(end));
    }
    for (byte[] owner : CallerDigests.owners(operation.caller())) {
      byte[] key = Keys.owned(Keys.hour(operation.id()), owner, operation.id());
      batch.put(db.handle(Column.OWNED), key, EMPTY);
    }
    for (var part : Part.values()) {
      var content = part == Part.REQUEST ? copy.request() : copy.response();
      var record = Records.content(operation.id(), part, content);
      if (record.isPresent()) {
        batch.put(db.handle(Column.CONTENTS), record.key(), record.value());
      }
    }
  }

  @Override
  public void keys(List<KeyUse> uses) {
    write((db, batch) -> {
      for (var use : uses) {
        byte[] key = Keys.dated(Keys.day(use.first()), use.digest());
        batch.put(db.handle(Column.KEYS), key, Batch.keyUse(use.first(), use.fingerprint()));
      }
    });
  }

  @Override
  public void deliveries(List<StoredDelivery> deliveries) {
    write((db, batch) -> {
      for (var stored : deliveries) {
        boolean ended = stored.delivery().ended();
        if (ended) {
          deliveryExpiry.ended(stored.id(), new ExpiryColumn.Writes(db, batch));
        }
        batch.put(
            db.handle(ended ? Column.DELIVERIES_ENDED : Column.DELIVERIES_DUE),
            stored.id().bytes(),
            stored.record());
      }
    });
  }

  @Override
  public void records(List<RecordStore.Entry> records) {
    write((db, batch) -> {
      for (var entry : records) {
        batch.put(
            db.handle(Column.RECORDS),
            RocksRecordStore.key(entry.kind(), entry.name()),
            RocksRecordStore.bytes(entry));
      }
    });
  }

  @Override
  public void end() {
    write((db, batch) ->
        batch.delete(
            db.handle(Column.RECORDS),
            RocksRecordStore.key(UnfinishedTransfer.KIND, UnfinishedTransfer.NAME)));
    filled.run();
  }
}
