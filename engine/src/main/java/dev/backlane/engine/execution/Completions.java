package dev.backlane.engine.execution;

import dev.backlane.engine.operation.OperationId;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/// Wakes callers that wait for the end of an operation, so that they need not poll the store.
/// Thread-safe.
public final class Completions {
  /// How often a waiting caller polls: an operation may end on another node, which cannot wake it.
  private static final Duration POLL_INTERVAL = Duration.ofSeconds(1);

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

  /// Waits until `ended` returns true or the timeout has passed.
  ///
  /// @return the last result of `ended`
  /// @throws InterruptedException if the waiting thread is interrupted
  public boolean await(OperationId id, Duration timeout, BooleanSupplier ended)
      throws InterruptedException {
    var latch = register(id);
    try {
      long deadline = System.nanoTime() + timeout.toNanos();
      while (!ended.getAsBoolean()) {
        long remaining = deadline - System.nanoTime();
        if (remaining <= 0) {
          return false;
        }
        if (latch.await(Math.min(remaining, POLL_INTERVAL.toNanos()), TimeUnit.NANOSECONDS)) {
          return ended.getAsBoolean();
        }
      }
      return true;
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
