package dev.backlane.engine.execution;

import dev.backlane.engine.operation.OperationId;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/// Wakes callers that wait for the end of an operation, so that none of them polls the store. The
/// ends of this process are reported by [#ended]. Those of other nodes are found by [#find], which
/// reads all operations that are waited for at once. Thread-safe.
public final class Completions {
  /// Operations that are read at a time.
  private static final int FIND_MAX = 1_000;

  private record Waiters(CountDownLatch latch, int count) {}

  private final Map<OperationId, Waiters> waiting = new ConcurrentHashMap<>();

  /// Wakes the callers that wait for an operation. Called once its end is durable.
  public void ended(OperationId id) {
    if (waiting.isEmpty()) {
      return;
    }
    var waiters = waiting.get(id);
    if (waiters != null) {
      waiters.latch().countDown();
    }
  }

  /// Wakes the callers whose operation has ended at another node. To be called regularly if
  /// operations can end there.
  ///
  /// @param ended the operations, of those given, that have ended or do not exist
  public void find(Function<List<OperationId>, Collection<OperationId>> ended) {
    var ids = List.copyOf(waiting.keySet());
    for (int from = 0; from < ids.size(); from += FIND_MAX) {
      ended.apply(ids.subList(from, Math.min(from + FIND_MAX, ids.size()))).forEach(this::ended);
    }
  }

  /// Waits until `ended` returns true or the timeout has passed.
  ///
  /// @param ended is called once before and once after the wait
  /// @return the last result of `ended`
  /// @throws InterruptedException if the waiting thread is interrupted
  public boolean await(OperationId id, Duration timeout, BooleanSupplier ended)
      throws InterruptedException {
    var latch = register(id);
    try {
      if (ended.getAsBoolean()) {
        return true;
      }
      // Whether it was woken or not: the end may have been committed just now.
      var _ = latch.await(timeout.toNanos(), TimeUnit.NANOSECONDS);
      return ended.getAsBoolean();
    } finally {
      unregister(id);
    }
  }

  private CountDownLatch register(OperationId id) {
    return waiting
        .merge(
            id,
            new Waiters(new CountDownLatch(1), 1),
            (present, _) -> new Waiters(present.latch(), present.count() + 1))
        .latch();
  }

  private void unregister(OperationId id) {
    waiting.computeIfPresent(
        id,
        (_, present) ->
            present.count() == 1 ? null : new Waiters(present.latch(), present.count() - 1));
  }
}
