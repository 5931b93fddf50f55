package dev.backlane.engine.store;

import dev.backlane.engine.codec.KeyUse;
import dev.backlane.engine.codec.StoredDelivery;
import dev.backlane.engine.codec.StoredOperation;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.store.content.Content;
import dev.backlane.engine.store.content.Part;
import dev.backlane.engine.store.content.Spool;
import java.util.List;

/// Takes in everything that another store has, with its ids, versions and times.
///
/// For one thread; nobody else works with the store meanwhile. Each method that writes returns when what it wrote has reached
/// the disk. From [#begin] to [#end] the store says of itself that it is incomplete ([UnfinishedTransfer]).
public interface StoreImport {
  /// An operation with its contents, which are in memory or spooled into this store.
  ///
  /// @param operation what `stored` says
  record Copy(StoredOperation stored, Operation operation, Content request, Content response) {
    /// Bytes that travel with the operation's records.
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

  /// Marks the store as incomplete, and removes what an earlier transfer that was broken off has left.
  ///
  /// @throws StoreException if there is anything else in it, or somebody works with it; the message names the mend
  void begin();

  /// Begins a content that is too large to be held in memory.
  Spool spool(OperationId id, Part part);

  /// Stores operations with their contents, all in one commit.
  void operations(List<Copy> operations);

  /// Stores uses of idempotency keys.
  void keys(List<KeyUse> uses);

  /// Stores deliveries.
  void deliveries(List<StoredDelivery> deliveries);

  /// Stores records in the versions that they have.
  void records(List<RecordStore.Entry> records);

  /// Takes the mark away: everything is there.
  void end();
}
