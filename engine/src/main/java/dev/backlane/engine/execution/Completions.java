package dev.backlane.engine.execution;

import dev.backlane.engine.background.Threads;
import dev.backlane.engine.operation.OperationId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Wakes callers that wait for the end of an operation, so that none of them polls the store. The
/// ends of this process are reported by [#ended]. Those of other nodes are found by [#find], which
/// reads all operations that are waited for at once. Thread-safe.
///
/// The timeouts of all callers are watched by one thread, which exists while there are any: a timer
/// for each wait would cost a quarter of the wake-ups of an operation.
public final class Completions {
  /// Operations that are read at a time.
  private static final int FIND_MAX = 1_000;

  /// How often timeouts are checked.
  private static final Duration TICK = Duration.ofMillis(50);

  /// Checks without a caller after which the thread ends, so that an idle process does nothing.
  private static final int IDLE_TICKS_MAX = 20;

  private final Map<OperationId, List<Waiter>> waiting = new ConcurrentHashMap<>();
  private final AtomicBoolean ticking = new AtomicBoolean();

  /// Wakes the callers that wait for an operation. Called once its end is durable.
  public void ended(OperationId id) {
    if (!waiting.isEmpty()) {
      waiting.getOrDefault(id, List.of()).forEach(Waiter::wake);
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
  /// @param timeout may be exceeded by 50 ms
  /// @param ended is called once before and once after the wait
  /// @return the last result of `ended`
  /// @throws InterruptedException if the waiting thread is interrupted
  public boolean await(OperationId id, Duration timeout, BooleanSupplier ended)
      throws InterruptedException {
    var waiter = new Waiter(Threads.VIRTUAL.nanoTime() + timeout.toNanos());
    waiting.merge(id, List.of(waiter), Completions::both);
    try {
      if (ended.getAsBoolean()) {
        return true;
      }
      tickIfNeeded();
      waiter.await();
      // Whether it was woken or not: the end may have been committed just now.
      return ended.getAsBoolean();
    } finally {
      waiting.computeIfPresent(id, (_, present) -> without(present, waiter));
    }
  }

  private static List<Waiter> both(List<Waiter> present, List<Waiter> more) {
    var all = new ArrayList<>(present);
    all.addAll(more);
    return List.copyOf(all);
  }

  private static @Nullable List<Waiter> without(List<Waiter> present, Waiter waiter) {
    if (present.size() == 1) {
      return null;
    }
    return present.stream().filter(each -> each != waiter).toList();
  }

  /// Whether the thread that watches timeouts exists.
  boolean ticking() {
    return ticking.get();
  }

  private void tickIfNeeded() {
    if (ticking.get() || !ticking.compareAndSet(false, true)) {
      return;
    }
    boolean started = false;
    try {
      Threads.VIRTUAL.start("Timeouts of waits", this::tick);
      started = true;
    } finally {
      if (!started) {
        ticking.set(false);
      }
    }
  }

  private void tick() {
    try {
      for (int idle = 0; idle < IDLE_TICKS_MAX; idle = waiting.isEmpty() ? idle + 1 : 0) {
        LockSupport.parkNanos(TICK.toNanos());
        long now = Threads.VIRTUAL.nanoTime();
        waiting.values().forEach(waiters -> waiters.forEach(waiter -> waiter.wakeIfOver(now)));
      }
    } finally {
      ticking.set(false);
    }
    // A caller that came just now has seen that this thread ticks.
    if (!waiting.isEmpty()) {
      tickIfNeeded();
    }
  }

  /// A thread that waits for an end.
  private static final class Waiter {
    private final Thread thread = Thread.currentThread();
    private final long deadlineNanos;
    private volatile boolean woken;

    Waiter(long deadlineNanos) {
      this.deadlineNanos = deadlineNanos;
    }

    void await() throws InterruptedException {
      while (!woken) {
        LockSupport.park(this);
        if (Thread.interrupted()) {
          throw new InterruptedException();
        }
      }
    }

    void wakeIfOver(long nowNanos) {
      if (nowNanos - deadlineNanos >= 0) {
        wake();
      }
    }

    void wake() {
      woken = true;
      LockSupport.unpark(thread);
    }
  }
}
