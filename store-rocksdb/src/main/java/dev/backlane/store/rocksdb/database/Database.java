package dev.backlane.store.rocksdb.database;

import dev.backlane.engine.codec.CorruptRecordException;
import dev.backlane.engine.store.StoreException;
import java.nio.file.Path;
import java.util.concurrent.locks.StampedLock;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;
import org.rocksdb.Status;

/// Guards access to RocksDB. Calls on a closed RocksDB would crash the process, so they throw
/// instead. The database can be reopened in place after a failed write. Thread-safe; calls of
/// [#use] must not nest.
public final class Database implements AutoCloseable {
  /// Reads or writes of an open database.
  @FunctionalInterface
  public interface Use<T extends @Nullable Object> {
    T of(OpenDatabase db) throws RocksDBException, CorruptRecordException;
  }

  private final Path store;
  private final Path directory;
  private final StampedLock lock = new StampedLock();
  private @Nullable OpenDatabase open;
  private String closedReason = "the store is closed";

  private Database(Path store, Path directory, OpenDatabase open) {
    this.store = store;
    this.directory = directory;
    this.open = open;
  }

  /// @param store the directory that error messages name
  /// @param directory RocksDB's own folder in it
  /// @param create creates an empty database if there is none
  /// @throws StoreException if the database is locked, is damaged or cannot be written
  public static Database open(Path store, Path directory, boolean create) {
    try {
      return new Database(store, directory, OpenDatabase.open(directory, create));
    } catch (RocksDBException failed) {
      throw new StoreException(openFailure(store, failed), failed);
    }
  }

  private static String openFailure(Path store, RocksDBException failed) {
    var message = String.valueOf(failed.getMessage());
    if (message.contains("lock ")
        || message.contains("lock:")
        || message.contains("While lock file")) {
      return "the store directory "
          + store
          + " is in use by another Backlane process; stop that one, or set another store.path for this one";
    }
    var status = failed.getStatus();
    var code = status == null ? Status.Code.Undefined : status.getCode();
    if (code == Status.Code.IOError
        && (message.contains("No space left") || message.contains("Permission denied"))) {
      return "the store directory "
          + store
          + " cannot be written: "
          + message
          + "; free space or give this user write permission";
    }
    return "the store directory "
        + store
        + " is damaged: "
        + message
        + "; restore it from a backup, or move it away to start empty";
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
      throw new StoreException("the store in " + store + " failed: " + failed.getMessage(), failed);
    } catch (CorruptRecordException damaged) {
      throw new StoreException.Refused(
          "the store in "
              + store
              + " is damaged: "
              + damaged.getMessage()
              + "; restore it from a backup",
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
      open = OpenDatabase.open(directory, false);
    } catch (RocksDBException failed) {
      closedReason = openFailure(store, failed);
      throw new StoreException(closedReason, failed);
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
    } finally {
      lock.unlockWrite(stamp);
    }
  }
}
