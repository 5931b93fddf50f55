package dev.backlane.engine.store.memory;

import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.operation.State;
import dev.backlane.engine.store.StoreInspection;
import dev.backlane.engine.store.StoreStats;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Counts and checks the data of a memory store. Thread-safe.
final class MemoryInspection implements StoreInspection {
  private final MemoryData data;
  private final Runnable checkOpen;

  /// @param checkOpen throws if the store is closed
  MemoryInspection(MemoryData data, Runnable checkOpen) {
    this.data = data;
    this.checkOpen = checkOpen;
  }

  @Override
  public StoreStats stats() {
    checkOpen.run();
    synchronized (data) {
      return new StoreStats(
          operations(),
          deliveries(),
          data.keys.size(),
          records(),
          Map.of("contents", data.contents.bytes()),
          List.of());
    }
  }

  private StoreStats.Operations operations() {
    long waiting = count(state -> state instanceof State.Queued);
    long queued = count(state -> state instanceof State.Queued && state.startedAt().isEmpty());
    var ended =
        new StoreStats.Ended(
            count(state -> state instanceof State.Finished),
            count(state -> state instanceof State.Failed),
            count(state -> state instanceof State.Canceled));
    return new StoreStats.Operations(
        queued,
        waiting - queued,
        count(state -> state instanceof State.Running),
        ended,
        id(data.operations.firstEntry()),
        id(data.operations.lastEntry()));
  }

  private static Optional<OperationId> id(Map.@Nullable Entry<OperationId, Operation> entry) {
    return Optional.ofNullable(entry).map(Map.Entry::getKey);
  }

  private long count(Predicate<State> states) {
    return data.operations.values().stream().map(Operation::state).filter(states).count();
  }

  private StoreStats.Deliveries deliveries() {
    synchronized (data.deliveries) {
      long ended = data.deliveries.values().stream().filter(each -> each.ended()).count();
      return new StoreStats.Deliveries(data.deliveries.size() - ended, ended);
    }
  }

  private long records() {
    synchronized (data.records) {
      return data.records.size();
    }
  }

  @Override
  public List<StoreStats.Node> nodes() {
    return List.of();
  }

  @Override
  public void check(Consumer<String> problems) {
    checkOpen.run();
    synchronized (data) {
      for (var id : data.contents.ids()) {
        if (!data.operations.containsKey(id)) {
          problems.accept("a content belongs to operation " + id + ", which does not exist");
        }
      }
    }
  }
}
