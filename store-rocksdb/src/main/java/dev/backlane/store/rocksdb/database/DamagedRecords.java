package dev.backlane.store.rocksdb.database;

import dev.backlane.engine.codec.CorruptRecordException;
import dev.backlane.engine.codec.DamageLog;
import dev.backlane.engine.operation.OperationId;
import java.util.Optional;
import org.rocksdb.RocksDBException;

/// Sets aside records that cannot be read, so that one of them does not stop the others, and
/// reports each once. Thread-safe.
public final class DamagedRecords {
  private final DamageLog log = new DamageLog();

  /// Reads one record.
  @FunctionalInterface
  public interface Read<T> {
    Optional<T> read() throws RocksDBException, CorruptRecordException;
  }

  /// Reads a record; empty if it is damaged.
  ///
  /// @param id of the operation or delivery
  /// @throws RocksDBException if the database fails for another reason
  public <T> Optional<T> readable(OperationId id, Read<T> read) throws RocksDBException {
    return readable(id, read, () -> {});
  }

  /// As above.
  ///
  /// @param onDamage called if the record is damaged
  public <T> Optional<T> readable(OperationId id, Read<T> read, Runnable onDamage)
      throws RocksDBException {
    try {
      return read.read();
    } catch (CorruptRecordException damaged) {
      log.report(id, damaged);
    } catch (RocksDBException failed) {
      if (!isDamage(failed)) {
        throw failed;
      }
      log.report(id, failed);
    }
    onDamage.run();
    return Optional.empty();
  }

  /// Whether stored data is damaged or missing, so that a retry would not help.
  public static boolean isDamage(RocksDBException failed) {
    return OpenFailure.damaged(failed);
  }

  /// How many records were found damaged.
  public long count() {
    return log.records();
  }
}
