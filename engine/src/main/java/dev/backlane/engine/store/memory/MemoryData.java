package dev.backlane.engine.store.memory;

import dev.backlane.engine.codec.KeyUse;
import dev.backlane.engine.delivery.Delivery;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.store.RecordStore;
import dev.backlane.engine.store.expiry.ExpiryBuckets;
import java.util.HexFormat;
import java.util.TreeMap;

/// The data of a memory store, which remains when the store is closed and reopened. Operations and
/// keys are guarded by this object, deliveries with their expiry and records each by their own map.
final class MemoryData {
  final TreeMap<OperationId, Operation> operations = new TreeMap<>();

  /// Whether the data counts as a copy of another store's.
  boolean copy;

  /// Uses of idempotency keys, by the key's digest in hexadecimal.
  final TreeMap<String, KeyUse> keys = new TreeMap<>();

  /// The expiry of operations.
  final ExpiryBuckets expiry = new ExpiryBuckets();

  final MemoryContents contents = new MemoryContents();
  final TreeMap<OperationId, Delivery> deliveries = new TreeMap<>();
  final ExpiryBuckets deliveryExpiry = new ExpiryBuckets();
  final TreeMap<MemoryRecordStore.Key, RecordStore.Entry> records = new TreeMap<>();

  static String hex(byte[] digest) {
    return HexFormat.of().formatHex(digest);
  }
}
