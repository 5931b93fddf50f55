package dev.backlane.store.testkit;

import dev.backlane.engine.store.Store;
import dev.backlane.engine.store.memory.MemoryStore;

final class MemoryStoreTest extends OperationStoreContract {
  private MemoryStore memory = new MemoryStore();

  @Override
  protected Store open() {
    return memory;
  }

  @Override
  protected Store reopen(Store open) {
    memory = memory.reopened();
    return memory;
  }

  @Override
  protected long leftovers() {
    return memory.openSpools();
  }
}
