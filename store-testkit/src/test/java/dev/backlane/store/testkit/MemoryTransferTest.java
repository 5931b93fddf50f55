package dev.backlane.store.testkit;

import dev.backlane.engine.store.Store;
import dev.backlane.engine.store.memory.MemoryStore;
import dev.backlane.store.testkit.contract.TransferContract;

/// The transfer from one memory store to another.
final class MemoryTransferTest extends TransferContract {
  private MemoryStore from = new MemoryStore();
  private MemoryStore to = new MemoryStore();

  @Override
  protected Store openSource() {
    from = from.reopened();
    return from;
  }

  @Override
  protected Store openTarget() {
    to = to.reopened();
    return to;
  }
}
