package dev.backlane.engine.store.memory;

import dev.backlane.engine.store.Admission;
import dev.backlane.engine.store.DeliveryStore;
import dev.backlane.engine.store.OperationStore;
import dev.backlane.engine.store.RecordStore;
import dev.backlane.engine.store.Sharing;
import dev.backlane.engine.store.Store;
import dev.backlane.engine.store.StoreExport;
import dev.backlane.engine.store.StoreImport;
import dev.backlane.engine.store.StoreInspection;
import dev.backlane.engine.store.StoreOrigin;
import dev.backlane.engine.store.failure.StoreException;
import dev.backlane.engine.store.search.OperationSearch;
import java.time.Instant;
import java.util.Optional;

/// A store in memory, for trying Backlane out, for tests, and as the model that other stores are
/// compared with. A write is durable until the process ends. Thread-safe.
public final class MemoryStore implements Store {
  private final MemoryData data;
  private final MemoryDeliveryStore deliveries;
  private final MemoryRecordStore records;
  private final MemoryOperationStore operations;
  private volatile boolean closed;

  /// Opens an empty store.
  public MemoryStore() {
    this(new MemoryData());
  }

  private MemoryStore(MemoryData data) {
    this.data = data;
    this.deliveries =
        new MemoryDeliveryStore(data.deliveries, data.deliveryExpiry, this::checkOpen);
    this.records = new MemoryRecordStore(data.records, this::checkOpen);
    this.operations = new MemoryOperationStore(data, deliveries, this::checkOpen);
    rebuild();
  }

  private void rebuild() {
    operations.rebuild();
    deliveries.rebuild();
  }

  private void checkOpen() {
    if (closed) {
      throw new StoreException("the store is closed");
    }
  }

  /// Closes this store and opens another with the same data, as a restart of the process does with
  /// a persistent store.
  public MemoryStore reopened() {
    close();
    synchronized (data) {
      return new MemoryStore(data);
    }
  }

  /// As [#reopened()]; the data then counts as a copy, as that of a restored backup does.
  public MemoryStore copied() {
    synchronized (data) {
      data.copy = true;
    }
    return reopened();
  }

  /// Spools that were opened and not closed. If no content is being written, more than 0 means a
  /// leak.
  public int openSpools() {
    return data.contents.openSpools();
  }

  @Override
  public OperationStore operations() {
    return operations;
  }

  @Override
  public DeliveryStore deliveries() {
    return deliveries;
  }

  @Override
  public RecordStore records() {
    return records;
  }

  @Override
  public OperationSearch search() {
    return new MemorySearch(data, operations::queue, this::checkOpen);
  }

  /// Never refuses.
  @Override
  public Admission admission() {
    return Admission.OPEN;
  }

  /// Always empty.
  @Override
  public Optional<Sharing> sharing() {
    return Optional.empty();
  }

  /// The original, unless it was [#copied()].
  @Override
  public StoreOrigin origin() {
    return new MemoryOrigin(data);
  }

  @Override
  public Instant latestTime() {
    checkOpen();
    synchronized (data) {
      var newest =
          data.operations.isEmpty() ? Instant.EPOCH : data.operations.lastKey().receivedAt();
      var stepped = data.expiry.progress().latest();
      return newest.isAfter(stepped) ? newest : stepped;
    }
  }

  /// Always 0: nothing is stored in a form that could be damaged.
  @Override
  public long damagedRecords() {
    return 0;
  }

  @Override
  public StoreInspection inspection() {
    return new MemoryInspection(data, this::checkOpen);
  }

  @Override
  public StoreExport transferSource() {
    return new MemoryExport(data, this::checkOpen);
  }

  @Override
  public StoreImport transferTarget() {
    return new MemoryImport(data, this::checkOpen, this::rebuild);
  }

  @Override
  public void close() {
    closed = true;
  }
}
