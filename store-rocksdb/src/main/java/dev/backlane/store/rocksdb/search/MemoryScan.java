package dev.backlane.store.rocksdb.search;

import dev.backlane.engine.operation.OperationId;
import java.util.NavigableSet;
import java.util.Optional;

/// The ids of a set in memory. For one thread.
record MemoryScan(NavigableSet<OperationId> ids) implements IdScan {
  @Override
  public Optional<OperationId> atOrBefore(OperationId id) {
    return Optional.ofNullable(ids.floor(id));
  }

  @Override
  public void close() {}
}
