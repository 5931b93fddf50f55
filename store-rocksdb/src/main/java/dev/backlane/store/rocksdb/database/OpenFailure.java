package dev.backlane.store.rocksdb.database;

import dev.backlane.engine.store.failure.StoreException;
import org.rocksdb.RocksDBException;
import org.rocksdb.Status;

/// Explains why RocksDB cannot open or read a database, by the kind of its status. Stateless.
final class OpenFailure {
  private OpenFailure() {}

  /// Whether stored data is damaged or missing, so that a retry would not help.
  static boolean damaged(RocksDBException failed) {
    return code(failed) == Status.Code.Corruption || missingFile(failed);
  }

  private static Status.Code code(RocksDBException failed) {
    var status = failed.getStatus();
    return status == null ? Status.Code.Undefined : status.getCode();
  }

  // RocksDB has a status of its own for a missing file, which its Java interface does not return.
  private static boolean missingFile(RocksDBException failed) {
    return code(failed) == Status.Code.IOError && message(failed).contains("No such file");
  }

  private static boolean unwritable(RocksDBException failed) {
    return code(failed) == Status.Code.IOError
        && (message(failed).contains("No space left")
            || message(failed).contains("Permission denied"));
  }

  // The store's own lock is held, so only another program than Backlane can have this one.
  private static boolean locked(RocksDBException failed) {
    return code(failed) == Status.Code.IOError
        && (message(failed).contains("While lock file")
            || message(failed).contains("lock hold by current process"));
  }

  private static String message(RocksDBException failed) {
    return String.valueOf(failed.getMessage());
  }

  /// The exception for a database that cannot be opened.
  static StoreException of(StoreDirectory store, RocksDBException failed) {
    if (locked(failed)) {
      return StoreLock.inUse(store);
    }
    if (unwritable(failed)) {
      return new StoreException(
          "the store directory "
              + store.path()
              + " cannot be written: "
              + message(failed)
              + "; free space or give this user write permission",
          failed);
    }
    return new StoreException.Damaged(
        "the store directory "
            + store.path()
            + " is damaged: "
            + message(failed)
            + "; "
            + StoreDirectory.REMEDY,
        failed);
  }
}
