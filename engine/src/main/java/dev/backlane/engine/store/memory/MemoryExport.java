package dev.backlane.engine.store.memory;

import dev.backlane.engine.codec.DeliveryCodec;
import dev.backlane.engine.codec.KeyUse;
import dev.backlane.engine.codec.OperationCodec;
import dev.backlane.engine.codec.OperationCodec.Progress;
import dev.backlane.engine.codec.StoredDelivery;
import dev.backlane.engine.codec.StoredOperation;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.store.RecordStore;
import dev.backlane.engine.store.StoreExport;
import dev.backlane.engine.store.content.Part;
import dev.backlane.engine.transfer.UnfinishedTransfer;
import java.util.List;
import java.util.Optional;

/// Reads all data of a memory store. Thread-safe.
final class MemoryExport implements StoreExport {
  private final MemoryData data;
  private final Runnable checkOpen;

  /// @param checkOpen throws if the store is closed
  MemoryExport(MemoryData data, Runnable checkOpen) {
    this.data = data;
    this.checkOpen = checkOpen;
  }

  @Override
  public Amount amount() {
    checkOpen.run();
    synchronized (data) {
      return new Amount(
          data.operations.size(), data.keys.size(), deliveryCount(), records().size());
    }
  }

  private int deliveryCount() {
    synchronized (data.deliveries) {
      return data.deliveries.size();
    }
  }

  @Override
  public List<StoredOperation> operations(OperationId after, int max) {
    checkOpen.run();
    synchronized (data) {
      return data.operations.tailMap(after, false).values().stream()
          .limit(max)
          .map(this::stored)
          .toList();
    }
  }

  private StoredOperation stored(Operation operation) {
    return new StoredOperation(
        operation.id(),
        OperationCodec.call(operation),
        OperationCodec.progress(Progress.of(operation)),
        data.contents.get(operation.id(), Part.REQUEST),
        data.contents.get(operation.id(), Part.RESPONSE));
  }

  @Override
  public List<KeyUse> keys(Optional<KeyUse> after, int max) {
    checkOpen.run();
    var last = after.map(use -> MemoryData.hex(use.digest())).orElse("");
    synchronized (data) {
      return data.keys.tailMap(last, false).values().stream()
          .filter(use -> data.operations.containsKey(use.first()))
          .limit(max)
          .toList();
    }
  }

  @Override
  public List<StoredDelivery> deliveries(OperationId after, int max) {
    checkOpen.run();
    synchronized (data.deliveries) {
      return data.deliveries.tailMap(after, false).values().stream()
          .limit(max)
          .map(delivery -> new StoredDelivery(delivery.id(), DeliveryCodec.bytes(delivery)))
          .toList();
    }
  }

  @Override
  public List<RecordStore.Entry> records() {
    checkOpen.run();
    synchronized (data.records) {
      return data.records.values().stream()
          .filter(entry -> !UnfinishedTransfer.isMark(entry))
          .toList();
    }
  }

  /// Always empty: only this process can use the store.
  @Override
  public List<String> others() {
    return List.of();
  }
}
