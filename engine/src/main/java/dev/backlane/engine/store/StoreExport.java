package dev.backlane.engine.store;

import dev.backlane.engine.codec.KeyUse;
import dev.backlane.engine.codec.StoredDelivery;
import dev.backlane.engine.codec.StoredOperation;
import dev.backlane.engine.operation.OperationId;
import java.util.List;
import java.util.Optional;

/// Reads all data of a store, page by page and in order, so that memory use is bounded. Pruned
/// operations and deliveries are omitted.
///
/// Thread-safe. Every method may block, and only reads. Concurrent changes may or may not be
/// included.
public interface StoreExport {
  /// The size at which a page ends, 8 MiB, without contents that are stored separately (files,
  /// chunks).
  long PAGE_BYTES_MAX = 8L << 20;

  /// An id that is lower than all others.
  OperationId BEFORE_ALL = new OperationId(0, 0);

  /// The number of stored items; all are estimates.
  record Amount(long operations, long keys, long deliveries, long records) {
    public long all() {
      return operations + keys + deliveries + records;
    }
  }

  /// Estimates how many items are stored.
  Amount amount();

  /// Operations with ids higher than `after`, in the order of ids; empty after the last.
  List<StoredOperation> operations(OperationId after, int max);

  /// Uses of idempotency keys whose operation exists, each once; empty after the last.
  ///
  /// @param after the last of the previous page; empty for the first page
  List<KeyUse> keys(Optional<KeyUse> after, int max);

  /// Deliveries with ids higher than `after`, in the order of ids; empty after the last.
  List<StoredDelivery> deliveries(OperationId after, int max);

  /// All records except the mark of [UnfinishedTransfer], by kind and name; they are few.
  List<RecordStore.Entry> records();

  /// The other nodes that have leases on the store. There must be none during a transfer. Always
  /// empty for a store of one process.
  List<String> others();
}
