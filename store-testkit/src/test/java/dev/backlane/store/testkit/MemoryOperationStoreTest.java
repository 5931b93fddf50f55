package dev.backlane.store.testkit;

import dev.backlane.engine.store.DeliveryStore;
import dev.backlane.engine.store.OperationStore;
import dev.backlane.engine.store.RecordStore;
import dev.backlane.engine.store.memory.MemoryOperationStore;

final class MemoryOperationStoreTest extends OperationStoreContract {
  private MemoryOperationStore memory = new MemoryOperationStore();

  @Override
  protected OperationStore open() {
    return memory;
  }

  @Override
  protected OperationStore reopen(OperationStore open) {
    memory = memory.reopened();
    return memory;
  }

  @Override
  protected DeliveryStore deliveries(OperationStore of) {
    return memory.deliveries();
  }

  @Override
  protected RecordStore records(OperationStore of) {
    return memory.records();
  }

  @Override
  protected long leftovers() {
    return memory.openSpools();
  }
}
