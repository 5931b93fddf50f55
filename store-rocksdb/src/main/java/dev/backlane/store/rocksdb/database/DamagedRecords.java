package dev.backlane.store.rocksdb.database;

import dev.backlane.engine.codec.CorruptRecordException;
import dev.backlane.engine.operation.OperationId;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.rocksdb.RocksDBException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Sets aside records that cannot be read, so that one of them does not stop the others, and
/// reports each once. Thread-safe.
public final class DamagedRecords {
  private static final Logger LOG = LoggerFactory.getLogger(DamagedRecords.class);

  /// How many records are reported one by one, 1,000. `store check` lists all.
  private static final int REPORTED_MAX = 1_000;

  private final Set<OperationId> reported = ConcurrentHashMap.newKeySet();

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
      report(id, damaged);
    } catch (RocksDBException failed) {
      if (!isDamage(failed)) {
        throw failed;
      }
      report(id, failed);
    }
    onDamage.run();
    return Optional.empty();
  }

  /// Whether stored data is damaged or missing, so that a retry would not help.
  public static boolean isDamage(RocksDBException failed) {
    return OpenFailure.damaged(failed);
  }

  /// Reports a damaged record, unless it was reported before.
  public void report(OperationId id, Exception damaged) {
    if (reported.size() < REPORTED_MAX && reported.add(id)) {
      LOG.error(
          "The record of {} is damaged and is set aside; run 'backlane store check': {}",
          id,
          damaged.getMessage());
    }
  }
}
