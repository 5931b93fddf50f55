package dev.backlane.store.rocksdb.search;

import dev.backlane.engine.operation.OperationId;
import java.util.List;
import java.util.Optional;
import org.rocksdb.RocksDBException;

/// The ids that at least one of several sets contains. For one thread.
record UnionScan(List<IdScan> scans) implements IdScan {
  @Override
  public Optional<OperationId> atOrBefore(OperationId id) throws RocksDBException {
    Optional<OperationId> newest = Optional.empty();
    for (var scan : scans) {
      var found = scan.atOrBefore(id);
      if (newest.isEmpty() || found.isPresent() && found.get().compareTo(newest.get()) > 0) {
        newest = found;
      }
    }
    return newest;
  }

  @Override
  public boolean mayMatch(OperationId id) {
    return scans.size() > 1 || scans.getFirst().mayMatch(id);
  }

  @Override
  public void close() {
    scans.forEach(IdScan::close);
  }
}
