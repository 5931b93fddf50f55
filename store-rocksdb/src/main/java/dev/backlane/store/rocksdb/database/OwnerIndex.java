package dev.backlane.store.rocksdb.database;

import dev.backlane.engine.codec.CallerDigests;
import dev.backlane.engine.codec.CorruptRecordException;
import dev.backlane.engine.codec.OperationCodec;
import dev.backlane.engine.operation.OperationId;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Adds the index entries that stores of earlier formats lack, once, when such a store is opened.
/// Entries that exist are written again, so that a start that was interrupted can be repeated.
/// Stateless.
public final class OwnerIndex {
  private static final int BATCH_ROWS = 10_000;
  private static final byte[] EMPTY = new byte[0];

  private static final Logger LOG = LoggerFactory.getLogger(OwnerIndex.class);

  private OwnerIndex() {}

  /// Completes the index of a store that is being opened.
  public static void complete(StoreDirectory directory, Database database) {
    if (directory.fresh() || directory.format() == StoreDirectory.FORMAT) {
      return;
    }
    long operations = database.use(OwnerIndex::complete);
    LOG.info(
        "The lists of {} operations in {}, which an earlier version of Backlane wrote, were indexed"
            + " for auth.ownership",
        operations,
        directory.path());
  }

  private static long complete(OpenDatabase db) throws RocksDBException {
    long operations = 0;
    try (var calls = db.iterator(Column.CALLS)) {
      calls.seekToFirst();
      while (calls.isValid()) {
        try (var batch = new WriteBatch()) {
          for (int row = 0; row < BATCH_ROWS && calls.isValid(); row++, calls.next()) {
            put(db, batch, OperationId.of(calls.key()), calls.value());
            operations++;
          }
          db.write(batch);
        }
      }
      calls.status();
    } catch (RocksDBException failed) {
      if (!DamagedRecords.isDamage(failed)) {
        throw failed;
      }
      LOG.warn(
          "Not all operations could be indexed, and lists may lack some of them, since the database"
              + " is damaged ({}): {}",
          failed.getMessage(),
          "run backlane store check");
    }
    return operations;
  }

  private static void put(OpenDatabase db, WriteBatch batch, OperationId id, byte[] call)
      throws RocksDBException {
    try {
      for (byte[] owner : CallerDigests.owners(OperationCodec.caller(call))) {
        batch.put(db.handle(Column.OWNED), Keys.owned(Keys.hour(id), owner, id), EMPTY);
      }
    } catch (CorruptRecordException damaged) {
      // No list can contain it.
      LOG.debug("operation {} cannot be read", id, damaged);
    }
  }
}
