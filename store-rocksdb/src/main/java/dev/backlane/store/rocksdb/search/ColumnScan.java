package dev.backlane.store.rocksdb.search;

import dev.backlane.engine.operation.OperationId;
import dev.backlane.store.rocksdb.database.Column;
import dev.backlane.store.rocksdb.database.OpenDatabase;
import java.util.Optional;
import java.util.function.Predicate;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;

/// The ids of a column whose keys are ids. For one thread.
final class ColumnScan implements IdScan {
  /// How many rows are passed one by one before the index of the column is used to skip others.
  private static final int STEPS_MAX = 4;

  private final RocksIterator rows;
  private final Predicate<byte[]> matching;
  private Optional<OperationId> current = Optional.empty();
  private boolean started;

  /// @param matching whether an operation with a value in the column can match
  ColumnScan(OpenDatabase db, Column column, Predicate<byte[]> matching) {
    this.rows = db.iterator(column);
    this.matching = matching;
  }

  @Override
  public Optional<OperationId> atOrBefore(OperationId id) throws RocksDBException {
    if (!started) {
      started = true;
      seek(id);
    }
    for (int step = 0; isAfter(id); step++) {
      if (step == STEPS_MAX) {
        seek(id);
        break;
      }
      rows.prev();
      read();
    }
    return current;
  }

  private boolean isAfter(OperationId id) {
    return current.isPresent() && current.get().compareTo(id) > 0;
  }

  private void seek(OperationId id) throws RocksDBException {
    rows.seekForPrev(id.bytes());
    read();
  }

  private void read() throws RocksDBException {
    if (rows.isValid()) {
      current = Optional.of(OperationId.of(rows.key()));
    } else {
      rows.status();
      current = Optional.empty();
    }
  }

  @Override
  public boolean mayMatch(OperationId id) {
    return matching.test(rows.value());
  }

  @Override
  public void close() {
    rows.close();
  }
}
