package dev.backlane.store.testkit;

import dev.backlane.engine.store.DeliveryStore;
import dev.backlane.engine.store.OperationStore;
import dev.backlane.engine.store.RecordStore;
import dev.backlane.engine.store.StoreExport;
import dev.backlane.engine.store.StoreImport;
import dev.backlane.engine.store.StoreInspection;

/// A store that is open, as the tests of a transfer need it.
public record TransferEnd(
    OperationStore operations,
    DeliveryStore deliveries,
    RecordStore records,
    StoreExport exporting,
    StoreImport importing,
    StoreInspection inspection)
    implements AutoCloseable {
  @Override
  public void close() {
    operations.close();
  }
}
