package dev.backlane.engine.store;

import dev.backlane.engine.codec.KeyUse;
import dev.backlane.engine.codec.StoredDelivery;
import dev.backlane.engine.codec.StoredOperation;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.store.content.Content;
import dev.backlane.engine.store.content.Part;
import dev.backlane.engine.store.content.Spool;
import dev.backlane.engine.store.failure.StoreException;
import java.util.List;

/// Fills a store with all data of another store, with the same ids, versions and times.
///
/// For one thread; the store must not be used otherwise meanwhile. Each method that writes returns
/// once the write is durable. From [#begin] to [#end] the store is marked as incomplete
/// ([UnfinishedTransfer]).
public interface StoreImport {
  /// An operation with its contents, which are in memory or spooled into this store.
  ///
  /// @param operation the decoded form of `stored`
  record Copy(StoredOperation stored, Operation operation, Content request, Content response) {
    /// The size of the operation's records and of its contents in memory.
    public long bytes() {
      return (long) stored.call().length
          + stored.progress().length
          + held(request)
          + held(response);
    }

    private static long held(Content content) {
      return content instanceof Content.Inline(byte[] bytes) ? bytes.length : 0;
    }
  }

  /// Marks the store as incomplete, and removes the data of an earlier transfer that failed.
  ///
  /// @throws StoreException if the store is not empty or is in use; the message names the fix
  void begin();

  /// Begins a content that is too large to be kept in memory.
  Spool spool(OperationId id, Part part);

  /// Stores operations with their contents in one commit.
  void operations(List<Copy> operations);

  /// Stores uses of idempotency keys.
  void keys(List<KeyUse> uses);

  /// Stores deliveries.
  void deliveries(List<StoredDelivery> deliveries);

  /// Stores records with their versions.
  void records(List<RecordStore.Entry> records);

  /// Removes the mark: the store is complete.
  void end();
}
