package dev.backlane.store.rocksdb.search;

import dev.backlane.engine.operation.OperationId;
import dev.backlane.store.rocksdb.database.OpenDatabase;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;

/// The ids of one owner's operations. For one thread.
final class OwnerScan implements IdScan {
  /// How many ids are passed one by one before others are skipped.
  private static final int STEPS_MAX = 4;

  private final OpenDatabase db;
  private final byte[] owner;
  private final OperationId from;
  private @Nullable OwnerIndexScan scan;

  /// @param from the first id (inclusive)
  OwnerScan(OpenDatabase db, byte[] owner, OperationId from) {
    this.db = db;
    this.owner = owner;
    this.from = from;
  }

  @Override
  public Optional<OperationId> atOrBefore(OperationId id) throws RocksDBException {
    var present = scan;
    if (present == null) {
      present = new OwnerIndexScan(db, owner, from, id.next());
      scan = present;
    }
    for (int step = 0; isAfter(present, id); step++) {
      if (step == STEPS_MAX) {
        present.skipTo(id);
        break;
      }
      present.advance();
    }
    return present.current();
  }

  private static boolean isAfter(OwnerIndexScan scan, OperationId id) {
    return scan.current().isPresent() && scan.current().get().compareTo(id) > 0;
  }

  @Override
  public void close() {
    if (scan != null) {
      scan.close();
    }
  }
}
