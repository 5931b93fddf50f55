package dev.backlane.store.testkit;

import dev.backlane.engine.store.Store;
import dev.backlane.engine.store.memory.MemoryStore;
import dev.backlane.store.testkit.contract.StoreContract;
import java.time.InstantSource;

final class MemoryStoreTest extends StoreContract {
  private MemoryStore memory = new MemoryStore();

  @Override
  public Store open(InstantSource clock) {
    return memory;
  }

  @Override
  public Store reopen(Store open, InstantSource clock) {
    memory = memory.reopened();
    return memory;
  }

  @Override
  public long leftovers() {
    return memory.openSpools();
  }
}
