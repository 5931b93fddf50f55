package dev.backlane.store.rocksdb.search;

import dev.backlane.engine.operation.OperationId;
import java.util.Optional;
import org.rocksdb.RocksDBException;

/// Moves through an ordered set of ids, from the newest to the oldest. For one thread.
interface IdScan extends AutoCloseable {
  /// The highest id that is not higher than `id`; empty if there is none.
  ///
  /// @param id not higher than that of an earlier call
  Optional<OperationId> atOrBefore(OperationId id) throws RocksDBException;

  /// Whether the operation with an id of this set can match.
  ///
  /// @param id the one that [#atOrBefore] returned last
  default boolean mayMatch(OperationId id) {
    return true;
  }

  @Override
  void close();
}
