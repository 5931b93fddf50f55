package dev.backlane.engine.store;

import dev.backlane.engine.store.search.OperationSearch;
import java.time.Instant;
import java.util.Optional;

/// A storage backend, which holds all data of Backlane. Implemented with RocksDB, PostgreSQL and in
/// memory.
///
/// A store is opened by the `open` method of its implementation, which throws [StoreException] if
/// that fails, and is closed once. Its parts are views of one storage: they share its commits, are
/// thread-safe, and are usable until [#close]. After that they throw [StoreException].
///
/// **Durability.** A method of a part that writes returns once the write is durable: committed and
/// flushed to the disk, or, in the memory store, until the process ends. If it throws
/// [StoreException], the write may or may not have happened, and the caller must not report
/// success.
public interface Store extends AutoCloseable {
  /// Operations, their contents, idempotency keys and leases.
  OperationStore operations();

  /// Webhook deliveries.
  DeliveryStore deliveries();

  /// Small records of the gateway, such as wrapped data keys and subscriptions.
  RecordStore records();

  /// Finds operations of all callers, for operators.
  OperationSearch search();

  /// Whether the storage accepts new operations; it does not while its disk is nearly full, for
  /// example. Operations that were accepted before continue regardless.
  Admission admission();

  /// How the nodes that use the storage coordinate; empty if this process is its only user.
  Optional<Sharing> sharing();

  /// A time that has passed according to the stored data: that of the newest operation or of the
  /// last prune, whichever is later. [Instant#EPOCH] if the store is empty.
  Instant latestTime();

  /// Whether the data may be a copy of another store's.
  StoreOrigin origin();

  /// How many records this process has found that cannot be read, at most 1,000. Read from memory.
  long damagedRecords();

  /// Counts and consistency checks, for operators.
  StoreInspection inspection();

  /// Reads all stored data, as the source of a transfer or a check.
  StoreExport transferSource();

  /// Fills this store, which must be empty, as the target of a transfer. No other part may be used
  /// meanwhile, and the store is closed and opened again afterwards.
  StoreImport transferTarget();

  /// Copies of the store while it is in use; empty if its files do not belong to this process.
  default Optional<HotCopy> hotCopy() {
    return Optional.empty();
  }

  /// Waits for writes in flight, ends all background work of the store, and releases its files or
  /// connections. Idempotent.
  @Override
  void close();
}
