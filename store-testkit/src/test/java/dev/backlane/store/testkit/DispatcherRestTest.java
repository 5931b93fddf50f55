package dev.backlane.store.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.engine.background.Threads;
import dev.backlane.engine.execution.Upstream;
import dev.backlane.engine.operation.Lease;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.Verdict;
import dev.backlane.engine.store.ForwardingStore;
import dev.backlane.engine.store.content.Content;
import dev.backlane.engine.store.memory.MemoryStore;
import dev.backlane.engine.store.queue.Permits;
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

/// How long the dispatcher rests between two claims, with a store that others use too: what it says to be due others may take.
@Timeout(30)
final class DispatcherRestTest {
  private final SettableClock clock = new SettableClock(Instant.parse("2026-11-24T10:15:30Z"));
  private final MemoryStore memory = new MemoryStore();
  private final LoggedRests threads = new LoggedRests();
  private final Upstream upstream =
      _ -> Upstream.Outcome.without(new Verdict.Unusable("not of interest"));

  /// A store whose next poll is when it is told, and which gives what its memory has only if `gives`.
  private final class Polled extends ForwardingStore {
    private final Supplier<Optional<Instant>> due;
    private volatile boolean gives;

    Polled(Supplier<Optional<Instant>> due, boolean gives) {
      super(memory.operations());
      this.due = due;
      this.gives = gives;
    }

    @Override
    public List<Operation> claim(int max, Permits permits, Lease lease, Instant now) {
      return gives ? super.claim(max, permits, lease, now) : List.of();
    }

    @Override
    public Optional<Instant> nextDue(Permits permits) {
      return due.get();
    }
  }

  /// Threads of which the dispatcher's waits are told, and last until they are taken.
  private static final class LoggedRests implements Threads {
    private final BlockingQueue<Long> restMillis = new ArrayBlockingQueue<>(1);

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
          if (!Thread.currentThread().getName().equals("dispatcher")) {
            return signal.await(max);
          }
          restMillis.put(max.toMillis());
          return true;
        }
      };
    }

    List<Long> next(int rests) throws InterruptedException {
      var taken = new ArrayList<Long>();
      while (taken.size() < rests) {
        taken.add(restMillis.take());
      }
      return taken;
    }
  }

  @Test
  void whatIsSaidToBeDueAndIsNotGivenIsAskedForLessAndLessOften() throws Exception {
    var store = new Polled(() -> Optional.of(clock.instant()), false);
    try (var dispatcher = TestDispatchers.dispatcher(store, upstream, threads, clock)) {
      dispatcher.start();
      assertThat(threads.next(13))
          .containsExactly(1L, 2L, 4L, 8L, 16L, 32L, 64L, 128L, 256L, 512L, 1000L, 1000L, 1000L);
      memory.operations().accept(new Samples(clock, 1).queued(), Content.EMPTY, Optional.empty());
      store.gives = true;
      // The rests that were decided on before it was given are over first.
      assertThat(threads.next(4)).containsSubsequence(1L, 2L);
      threads.restMillis.clear();
      dispatcher.drain(Duration.ZERO);
    }
  }

  @Test
  void itRestsUntilTheStoreAsksAgainButNeverLongerThanASecond() throws Exception {
    var polls = List.of(250, 100, 5_000).iterator();
    var store =
        new Polled(
            () ->
                polls.hasNext()
                    ? Optional.of(clock.instant().plusMillis(polls.next()))
                    : Optional.empty(),
            true);
    try (var dispatcher = TestDispatchers.dispatcher(store, upstream, threads, clock)) {
      dispatcher.start();
      assertThat(threads.next(4)).containsExactly(250L, 100L, 1000L, 1000L);
      threads.restMillis.clear();
    }
  }

  @Test
  void newOperationsWaitForTheirTurnOnlyWhileTheStoreSaysThatSomethingIsDue() {
    var due = new AtomicReference<>(Optional.<Instant>empty());
    var store = new Polled(due::get, true);
    try (var dispatcher = TestDispatchers.dispatcher(store, upstream, Threads.VIRTUAL, clock)) {
      dispatcher.start();
      due.set(Optional.of(clock.instant().plusMillis(1)));
      // Something may wait at another node: it is asked for in a millisecond, and does not hold up.
      try (var _ = dispatcher.slot(Samples.TENANT, Samples.ROUTE).orElseThrow()) {
        assertThat(dispatcher.running()).isEqualTo(1);
      }
      clock.advance(Duration.ofMillis(1));
      assertThat(dispatcher.slot(Samples.TENANT, Samples.ROUTE)).isEmpty();
      assertThat(dispatcher.running()).isZero();
    }
  }
}
