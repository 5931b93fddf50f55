package dev.backlane.engine.store.memory;

import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.operation.State;
import dev.backlane.engine.store.StoreOrigin;
import java.util.List;
import java.util.Optional;

/// Whether a memory store was marked as a copy. Thread-safe.
final class MemoryOrigin implements StoreOrigin {
  private final MemoryData data;

  MemoryOrigin(MemoryData data) {
    this.data = data;
  }

  @Override
  public Optional<String> copied() {
    synchronized (data) {
      return data.copy ? Optional.of("it was marked as one") : Optional.empty();
    }
  }

  @Override
  public String original() {
    return "";
  }

  @Override
  public void adopt() {
    synchronized (data) {
      data.copy = false;
    }
  }

  @Override
  public List<OperationId> waiting(boolean held, OperationId after, int max) {
    synchronized (data) {
      return data.operations.tailMap(after, false).values().stream()
          .filter(operation ->
              held
                  ? operation.state() instanceof State.Held
                  : operation.state() instanceof State.Queued)
          .limit(max)
          .map(operation -> operation.id())
          .toList();
    }
  }
}
