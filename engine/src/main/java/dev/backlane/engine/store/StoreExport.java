package dev.backlane.engine.store;

import dev.backlane.engine.codec.KeyUse;
import dev.backlane.engine.codec.StoredDelivery;
import dev.backlane.engine.codec.StoredOperation;
import dev.backlane.engine.operation.OperationId;
import java.util.List;
import java.util.Optional;

/// Gives out everything that is in a store, page by page and in order, so that no page depends on the one before and memory
/// stays bounded. What has been forgotten is not told any more.
///
/// Thread-safe; every method may block and reads only. What is changed meanwhile may be told or not.
public interface StoreExport {
  /// Bytes after which a page ends, 8 MiB, contents of their own (files, chunks) not counted.
  long PAGE_BYTES_MAX = 8L << 20;

  /// The id before all others.
  OperationId BEFORE_ALL = new OperationId(0, 0);

  /// How much there is.
  ///
  /// @param operations may be an estimate, as all of these
  record Amount(long operations, long keys, long deliveries, long records) {
    public long all() {
      return operations + keys + deliveries + records;
    }
  }

  /// About how much there is.
  Amount amount();

  /// Operations of ids behind `after`, in the order of ids; empty after the last.
  List<StoredOperation> operations(OperationId after, int max);

  /// Uses of idempotency keys whose operation is there, each once; empty after the last.
  ///
  /// @param after the last of the page before; empty for the first page
  List<KeyUse> keys(Optional<KeyUse> after, int max);

  /// Deliveries of ids behind `after`, in the order of ids; empty after the last.
  List<StoredDelivery> deliveries(OperationId after, int max);

  /// All records of the gateway's own but [UnfinishedTransfer]'s, by kind and name; they are few.
  List<RecordStore.Entry> records();

  /// Who works with the store at present, or may: nobody may while it is moved. A store of one process has nobody else.
  List<String> others();
}
