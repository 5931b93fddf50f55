package dev.backlane.store.rocksdb.database;

import dev.backlane.engine.codec.CorruptRecordException;
import dev.backlane.engine.store.failure.StoreException;
import dev.backlane.engine.store.local.DurableFiles;
import dev.backlane.store.rocksdb.database.OpenDatabase.Mode;
import java.io.IOException;
import java.util.concurrent.locks.StampedLock;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Guards access to RocksDB. Calls on a closed RocksDB would crash the process, so they throw
/// instead. The database can be reopened in place after a failed write. Thread-safe; calls of
/// [#use] must not nest.
public final class Database implements AutoCloseable {
  /// Reads or writes of an open database.
  @FunctionalInterface
  public interface Use<T extends @Nullable Object> {
    T of(OpenDatabase db) throws RocksDBException, CorruptRecordException;
  }

  private static final Logger LOG = LoggerFactory.getLogger(Database.class);

  private final StoreDirectory store;
  private final AcknowledgedMark mark;
  private final StampedLock lock = new StampedLock();
  private @Nullable OpenDatabase open;
  private String closedReason = "the store is closed";

  private Database(StoreDirectory store, AcknowledgedMark mark, OpenDatabase open) {
    this.store = store;
    this.mark = mark;
    this.open = open;
  }

  /// Opens the database of a store, and creates it if the store is new.
  ///
  /// @throws StoreException if the database is locked or cannot be written
  /// @throws StoreException.Damaged if it is damaged, or lacks writes that were acknowledged
  public static Database open(StoreDirectory store) {
    if (store.fresh()) {
      try {
        DurableFiles.createDirectories(store.db());
      } catch (IOException failed) {
        throw new StoreException(
            "the store directory " + store.path() + " cannot be written: " + failed, failed);
      }
      AcknowledgedMark.create(store, 0);
    }
    var mark = AcknowledgedMark.open(store);
    try {
      return new Database(store, mark, complete(store, mark));
    } catch (RuntimeException failed) {
      mark.close();
      throw failed;
    }
  }

  /// Records that the database of a store is complete as it is, after it was copied or repaired. It
  /// must not be open.
  public static void acceptAsComplete(StoreDirectory store) {
    try {
      AcknowledgedMark.create(store, OpenDatabase.readableSequence(store.db()));
    } catch (RocksDBException failed) {
      throw OpenFailure.of(store, failed);
    }
  }

  private static OpenDatabase complete(StoreDirectory store, AcknowledgedMark mark) {
    OpenDatabase db;
    try {
      db = OpenDatabase.open(store.db(), mark, Mode.of(store.fresh()));
    } catch (RocksDBException failed) {
      db = withoutUnacknowledgedTail(store, mark, failed);
    }
    try {
      mark.check(db.sequence());
      return db;
    } catch (RuntimeException incomplete) {
      db.close();
      throw incomplete;
    }
  }

  /// Opens a database whose log ends in damaged bytes. A power failure leaves such a log if the
  /// last write was in progress: that write was not acknowledged, and is dropped.
  private static OpenDatabase withoutUnacknowledgedTail(
      StoreDirectory store, AcknowledgedMark mark, RocksDBException failed) {
    if (store.fresh() || !OpenFailure.damaged(failed)) {
      throw OpenFailure.of(store, failed);
    }
    try {
      // Reads only: with a log that is damaged before its end, nothing may be changed.
      long readable = OpenDatabase.readableSequence(store.db());
      if (readable < mark.sequence() || AppendedFile.writesFollow(store.db(), readable + 1)) {
        throw OpenFailure.of(store, failed);
      }
      var db = OpenDatabase.open(store.db(), mark, Mode.UP_TO_DAMAGE);
      LOG.warn(
          "The log of the store in {} ended in a damaged record, which was not acknowledged and is"
              + " dropped: {}",
          store.path(),
          failed.getMessage());
      return db;
    } catch (RocksDBException damagedElsewhere) {
      throw OpenFailure.of(store, failed);
    }
  }

  /// Runs reads or writes while the database is open.
  ///
  /// @throws StoreException if the database is closed, is damaged or fails
  public <T extends @Nullable Object> T use(Use<T> use) {
    long stamp = lock.readLock();
    try {
      var db = open;
      if (db == null) {
        throw new StoreException(closedReason);
      }
      return use.of(db);
    } catch (RocksDBException failed) {
      var message = "the store in " + store.path() + " failed: " + failed.getMessage();
      throw OpenFailure.damaged(failed)
          ? new StoreException.Damaged(message + "; " + StoreDirectory.REMEDY, failed)
          : new StoreException(message, failed);
    } catch (CorruptRecordException damaged) {
      throw new StoreException.Damaged(
          "the store in "
              + store.path()
              + " is damaged: "
              + damaged.getMessage()
              + "; "
              + StoreDirectory.REMEDY,
          damaged);
    } finally {
      lock.unlockRead(stamp);
    }
  }

  /// Closes the database and opens it again. If opening fails, the database stays closed, and this
  /// method can be called again.
  ///
  /// @throws StoreException if it cannot be opened
  public void reopen() {
    long stamp = lock.writeLock();
    try {
      if (open != null) {
        open.close();
        open = null;
      }
      open = complete(new StoreDirectory(store.path(), StoreDirectory.FORMAT), mark);
    } catch (StoreException failed) {
      closedReason = String.valueOf(failed.getMessage());
      throw failed;
    } finally {
      lock.unlockWrite(stamp);
    }
  }

  @Override
  public void close() {
    long stamp = lock.writeLock();
    try {
      if (open != null) {
        open.close();
        open = null;
      }
      closedReason = "the store is closed";
      mark.close();
    } finally {
      lock.unlockWrite(stamp);
    }
  }
}
