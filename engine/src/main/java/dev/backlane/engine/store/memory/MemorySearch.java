package dev.backlane.engine.store.memory;

import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.store.queue.ReadyQueue;
import dev.backlane.engine.store.search.MatchCount;
import dev.backlane.engine.store.search.OperationFilter;
import dev.backlane.engine.store.search.OperationSearch;
import dev.backlane.engine.store.search.PageBuilder;
import dev.backlane.engine.store.search.SearchPage;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Supplier;

/// Searches the operations of a memory store, row by row. Thread-safe.
final class MemorySearch implements OperationSearch {
  private final MemoryData data;
  private final Supplier<ReadyQueue> queue;
  private final Runnable checkOpen;

  /// @param queue of the waiting operations
  /// @param checkOpen throws if the store is closed
  MemorySearch(MemoryData data, Supplier<ReadyQueue> queue, Runnable checkOpen) {
    this.data = data;
    this.queue = queue;
    this.checkOpen = checkOpen;
  }

  @Override
  public SearchPage search(OperationFilter filter, OperationId before, int limit) {
    var builder = PageBuilder.of(filter, before, limit);
    return builder.page(scan(builder));
  }

  @Override
  public MatchCount count(OperationFilter filter) {
    var builder = PageBuilder.counting(filter);
    return builder.count(scan(builder));
  }

  @Override
  public Optional<MatchCount> ahead(Operation queued, Instant now) {
    checkOpen.run();
    return OperationSearch.ahead(queue.get(), queued, now);
  }

  /// @return whether there are no further rows
  private boolean scan(PageBuilder builder) {
    checkOpen.run();
    synchronized (data) {
      for (var operation : data.operations.headMap(builder.to(), false).descendingMap().values()) {
        if (operation.id().compareTo(builder.filter().from()) < 0) {
          return true;
        }
        if (builder.full()) {
          return false;
        }
        builder.visit(operation.id(), Optional.of(operation), 0);
      }
      return true;
    }
  }
}
