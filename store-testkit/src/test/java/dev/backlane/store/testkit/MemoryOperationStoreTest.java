package dev.backlane.store.testkit;

import dev.backlane.engine.store.OperationStore;

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
  protected long leftovers() {
    return memory.openSpools();
  }
}
