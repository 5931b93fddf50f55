package dev.backlane.engine.store.memory;

import dev.backlane.engine.codec.CorruptRecordException;
import dev.backlane.engine.codec.KeyUse;
import dev.backlane.engine.codec.StoredDelivery;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.store.RecordStore;
import dev.backlane.engine.store.StoreImport;
import dev.backlane.engine.store.content.Part;
import dev.backlane.engine.store.content.Spool;
import dev.backlane.engine.store.failure.StoreException;
import dev.backlane.engine.transfer.UnfinishedTransfer;
import java.util.List;

/// Fills an empty memory store. For one thread.
final class MemoryImport implements StoreImport {
  private final MemoryData data;
  private final Runnable checkOpen;
  private final Runnable filled;

  /// @param checkOpen throws if the store is closed
  /// @param filled called when the transfer has ended
  MemoryImport(MemoryData data, Runnable checkOpen, Runnable filled) {
    this.data = data;
    this.checkOpen = checkOpen;
    this.filled = filled;
  }

  @Override
  public void begin() {
    checkOpen.run();
    synchronized (data) {
      var mark = UnfinishedTransfer.mark();
      if (!data.records.containsKey(MemoryRecordStore.key(mark)) && !isEmpty()) {
        throw new StoreException("the memory store is not empty; use a new one");
      }
      data.operations.clear();
      data.keys.clear();
      data.contents.clear();
      data.deliveries.clear();
      data.records.clear();
      data.records.put(MemoryRecordStore.key(mark), mark);
    }
  }

  private boolean isEmpty() {
    return data.operations.isEmpty()
        && data.keys.isEmpty()
        && data.deliveries.isEmpty()
        && data.records.isEmpty();
  }

  @Override
  public Spool spool(OperationId id, Part part) {
    checkOpen.run();
    return data.contents.spool();
  }

  @Override
  public void operations(List<Copy> operations) {
    checkOpen.run();
    synchronized (data) {
      for (var copy : operations) {
        var id = copy.operation().id();
        data.contents.put(id, Part.REQUEST, copy.request());
        data.contents.put(id, Part.RESPONSE, copy.response());
        data.operations.put(id, copy.operation());
        if (copy.operation().ended()) {
          data.expiry.ended(id);
        }
      }
    }
  }

  @Override
  public void keys(List<KeyUse> uses) {
    checkOpen.run();
    synchronized (data) {
      uses.forEach(use -> data.keys.put(MemoryData.hex(use.digest()), use));
    }
  }

  @Override
  public void deliveries(List<StoredDelivery> deliveries) {
    checkOpen.run();
    synchronized (data.deliveries) {
      for (var stored : deliveries) {
        try {
          var delivery = stored.delivery();
          data.deliveries.put(stored.id(), delivery);
          if (delivery.ended()) {
            data.deliveryExpiry.ended(stored.id());
          }
        } catch (CorruptRecordException damaged) {
          throw new StoreException(
              "delivery " + stored.id() + " is damaged at the source: " + damaged.getMessage(),
              damaged);
        }
      }
    }
  }

  @Override
  public void records(List<RecordStore.Entry> records) {
    checkOpen.run();
    synchronized (data.records) {
      records.forEach(entry -> data.records.put(MemoryRecordStore.key(entry), entry));
    }
  }

  @Override
  public void end() {
    checkOpen.run();
    synchronized (data.records) {
      data.records.remove(MemoryRecordStore.key(UnfinishedTransfer.mark()));
    }
    filled.run();
  }
}
