package dev.backlane.store.rocksdb.database;

import dev.backlane.engine.codec.CallerDigests;
import dev.backlane.engine.codec.CorruptRecordException;
import dev.backlane.engine.codec.OperationCodec;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.store.search.UnsuccessfulEnd;
import org.rocksdb.RocksDBException;
import org.rocksdb.WriteBatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Adds the index entries that stores of earlier formats lack, once, when such a store is opened.
/// Entries that exist are written again, so that a start that was interrupted can be repeated.
/// Stateless.
public final class Indexes {
  private static final int BATCH_ROWS = 10_000;
  private static final byte[] EMPTY = new byte[0];

  /// The first format with the index of owners as it is now.
  private static final int WITH_OWNERS = 2;

  /// The first format with the index of ends that were not successful.
  private static final int WITH_UNSUCCESSFUL = 3;

  private static final Logger LOG = LoggerFactory.getLogger(Indexes.class);

  private Indexes() {}

  /// Completes the indexes of a store that is being opened.
  public static void complete(StoreDirectory directory, Database database) {
    if (directory.fresh() || directory.format() == StoreDirectory.FORMAT) {
      return;
    }
    long rows = 0;
    if (directory.format() < WITH_OWNERS) {
      rows += database.use(db -> complete(db, Column.CALLS, Indexes::owners));
    }
    if (directory.format() < WITH_UNSUCCESSFUL) {
      rows += database.use(db -> complete(db, Column.ENDED, Indexes::unsuccessful));
    }
    LOG.info(
        "{} records in {}, which an earlier version of Backlane wrote, were indexed for lists and"
            + " searches",
        rows,
        directory.path());
  }

  /// Adds the entries of one row.
  @FunctionalInterface
  private interface Entries {
    void put(OpenDatabase db, WriteBatch batch, byte[] key, byte[] value)
        throws RocksDBException, CorruptRecordException;
  }

  private static long complete(OpenDatabase db, Column column, Entries entries)
      throws RocksDBException {
    long count = 0;
    try (var rows = db.iterator(column)) {
      rows.seekToFirst();
      while (rows.isValid()) {
        try (var batch = new WriteBatch()) {
          for (int row = 0; row < BATCH_ROWS && rows.isValid(); row++, rows.next()) {
            put(db, batch, entries, rows.key(), rows.value());
            count++;
          }
          db.write(batch);
        }
      }
      rows.status();
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
    return count;
  }

  private static void put(
      OpenDatabase db, WriteBatch batch, Entries entries, byte[] key, byte[] value)
      throws RocksDBException {
    try {
      entries.put(db, batch, key, value);
    } catch (CorruptRecordException damaged) {
      // No list can contain it.
      LOG.debug("operation {} cannot be read", OperationId.of(key), damaged);
    }
  }

  private static void owners(OpenDatabase db, WriteBatch batch, byte[] key, byte[] call)
      throws RocksDBException, CorruptRecordException {
    var id = OperationId.of(key);
    for (byte[] owner : CallerDigests.owners(OperationCodec.caller(call))) {
      batch.put(db.handle(Column.OWNED), Keys.owned(Keys.hour(id), owner, id), EMPTY);
    }
  }

  /// Adds the entry of an ended operation, unless it was successful.
  ///
  /// @param key of the operation in [Column#ENDED]
  public static void unsuccessful(OpenDatabase db, WriteBatch batch, byte[] key, byte[] progress)
      throws RocksDBException, CorruptRecordException {
    int end = UnsuccessfulEnd.of(OperationCodec.progress(progress).state());
    if (end != UnsuccessfulEnd.NONE) {
      batch.put(db.handle(Column.UNSUCCESSFUL), key, Keys.unsuccessfulEnd(end));
    }
  }
}
