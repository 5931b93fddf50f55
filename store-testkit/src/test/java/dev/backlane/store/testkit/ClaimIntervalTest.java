package dev.backlane.store.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.engine.background.Threads;
import dev.backlane.engine.execution.Upstream;
import dev.backlane.engine.operation.ErrorCode;
import dev.backlane.engine.operation.Lease;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.Verdict;
import dev.backlane.engine.store.ForwardingStore;
import dev.backlane.engine.store.memory.MemoryStore;
import dev.backlane.engine.store.queue.Permits;
import dev.backlane.engine.store.queue.QueueKey;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// The waits of the dispatcher between two claims, with a store from which other nodes claim too.
@Timeout(30)
final class ClaimIntervalTest {
  private static final QueueKey KEY = new QueueKey(Samples.TENANT, Samples.ROUTE);

  private final SettableClock clock = new SettableClock(Instant.parse("2026-11-24T10:15:30Z"));
  private final MemoryStore memory = new MemoryStore();
  private final RecordedWaits threads = new RecordedWaits();
  private final Upstream upstream =
      _ -> Upstream.Outcome.without(new Verdict.Unusable(ErrorCode.INTERNAL, "irrelevant"));

  /// A store that reports when the next operation is due, and whose claims return operations only
  /// if `claimable` is set.
  private final class ScriptedStore extends ForwardingStore {
    private final Supplier<Optional<Instant>> due;
    private volatile boolean claimable;

    ScriptedStore(Supplier<Optional<Instant>> due, boolean claimable) {
      super(memory.operations());
      this.due = due;
      this.claimable = claimable;
    }

    @Override
    public List<Operation> claim(int max, Permits permits, Lease lease, Instant now) {
      return claimable ? super.claim(max, permits, lease, now) : List.of();
    }

    @Override
    public Optional<Instant> nextDue(Permits permits) {
      return due.get();
    }
  }

  /// Threads that record the waits of the claim loop; each wait ends when the test takes it.
  private static final class RecordedWaits implements Threads {
    private final BlockingQueue<Long> waitMillis = new ArrayBlockingQueue<>(1);

    @Override
    public void start(String name, Runnable work) {
      VIRTUAL.start(name, work);
    }

    @Override
    public long nanoTime() {
      return VIRTUAL.nanoTime();
    }

    @Override
    public Signal signal() {
      var signal = VIRTUAL.signal();
      return new Signal() {
        @Override
        public void raise() {
          signal.raise();
        }

        @Override
        public boolean await(Duration max) throws InterruptedException {
          if (!Thread.currentThread().getName().equals("operation-claim")) {
            return signal.await(max);
          }
          waitMillis.put(max.toMillis());
          return true;
        }
      };
    }

    List<Long> next(int waits) throws InterruptedException {
      var taken = new ArrayList<Long>();
      while (taken.size() < waits) {
        taken.add(waitMillis.take());
      }
      return taken;
    }
  }

  @Test
  void backsOffWhenDueWorkCannotBeClaimed() throws Exception {
    var store = new ScriptedStore(() -> Optional.of(clock.instant()), false);
    try (var dispatcher = TestDispatchers.dispatcher(store, upstream, threads, clock)) {
      dispatcher.start();
      assertThat(threads.next(13))
          .containsExactly(1L, 2L, 4L, 8L, 16L, 32L, 64L, 128L, 256L, 512L, 1000L, 1000L, 1000L);
      memory
          .operations()
          .accept(new Samples(clock, 1).queued(), Samples.requestContent(), Optional.empty());
      store.claimable = true;
      // The waits that began before the operation was claimable end first.
      assertThat(threads.next(4)).containsSubsequence(1L, 2L);
      threads.waitMillis.clear();
      dispatcher.drain(Duration.ZERO);
    }
  }

  @Test
  void waitsUntilTheNextOperationIsDueAtMostASecond() throws Exception {
    var polls = List.of(250, 100, 5_000).iterator();
    var store =
        new ScriptedStore(
            () ->
                polls.hasNext()
                    ? Optional.of(clock.instant().plusMillis(polls.next()))
                    : Optional.empty(),
            true);
    try (var dispatcher = TestDispatchers.dispatcher(store, upstream, threads, clock)) {
      dispatcher.start();
      assertThat(threads.next(4)).containsExactly(250L, 100L, 1000L, 1000L);
      threads.waitMillis.clear();
    }
  }

  @Test
  void queuesNewOperationsOnlyWhileOthersAreDue() {
    var due = new AtomicReference<>(Optional.<Instant>empty());
    var store = new ScriptedStore(due::get, true);
    try (var dispatcher = TestDispatchers.dispatcher(store, upstream, Threads.VIRTUAL, clock)) {
      dispatcher.start();
      due.set(Optional.of(clock.instant().plusMillis(1)));
      // Another node may have stored it: it is claimed in a millisecond, and delays no new
      // operation.
      try (var _ = dispatcher.permit(KEY).orElseThrow()) {
        assertThat(dispatcher.running()).isEqualTo(1);
      }
      clock.advance(Duration.ofMillis(1));
      assertThat(dispatcher.permit(KEY)).isEmpty();
      assertThat(dispatcher.running()).isZero();
    }
  }
}
