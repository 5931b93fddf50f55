package dev.backlane.store.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.engine.execution.Attempt;
import dev.backlane.engine.execution.Dispatcher;
import dev.backlane.engine.execution.Upstream;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.operation.State;
import dev.backlane.engine.operation.Verdict;
import dev.backlane.engine.store.ForwardingStore;
import dev.backlane.engine.store.Heartbeat;
import dev.backlane.engine.store.OperationStore;
import dev.backlane.engine.store.content.Part;
import dev.backlane.engine.store.content.StoredContent;
import dev.backlane.engine.store.memory.MemoryStore;
import dev.backlane.store.testkit.FaultyOperationStore.Fault;
import dev.backlane.store.testkit.FaultyOperationStore.Verb;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// The drain of a process: operations that it has not finished are released for other nodes.
@Timeout(60)
final class DrainTest {
  private static final Duration STOP_MAX = Duration.ofMinutes(1);

  private final SettableClock clock = new SettableClock(Instant.parse("2026-11-24T10:15:30.123Z"));
  private final Samples samples = new Samples(clock, 1);
  private final MemoryStore memory = new MemoryStore();
  private final BlockingQueue<OperationId> sent = new LinkedBlockingQueue<>();
  private final CountDownLatch claimed = new CountDownLatch(1);
  private final CountDownLatch aborted = new CountDownLatch(1);
  private final CountDownLatch released = new CountDownLatch(1);

  private Operation accepted() {
    var operation = samples.queued();
    memory.operations().accept(operation, Samples.requestContent(), Optional.empty());
    return operation;
  }

  private State stored(Operation operation) {
    return memory.operations().find(operation.id()).orElseThrow().state();
  }

  private Set<String> alive() {
    var renewal = memory.operations().renew("other", TestDispatchers.LEASE_LIFETIME, List.of());
    return Stream.concat(Stream.of("other"), renewal.others().stream().map(Heartbeat::holder))
        .collect(Collectors.toSet());
  }

  private Dispatcher started(OperationStore store, Upstream upstream) {
    var dispatcher = TestDispatchers.dispatcher(store, upstream, new AcceleratedThreads(), clock);
    dispatcher.start();
    return dispatcher;
  }

  /// An upstream that sends no response until the attempt is aborted.
  private Upstream.Outcome silent(Attempt attempt) {
    sent.add(attempt.operation().id());
    attempt.onAbort(aborted::countDown);
    return until(aborted);
  }

  private static Upstream.Outcome until(CountDownLatch over) {
    await(over);
    return Upstream.Outcome.without(new Verdict.Unknown("aborted"));
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException interrupted) {
      throw new IllegalStateException("a test is never interrupted", interrupted);
    }
  }

  @Test
  void requeuesOperationsThatAFailedClaimStarted() {
    var operation = accepted();
    var store =
        new FaultyOperationStore(
            memory.operations(),
            verb -> {
              if (verb == Verb.CLAIM) {
                claimed.countDown();
                return Fault.AFTER;
              }
              return Fault.NONE;
            });
    try (var dispatcher = started(store, this::silent)) {
      // The claim may still be in flight: the drain waits for its result.
      await(claimed);
      dispatcher.drain(Duration.ofSeconds(30));
      assertThat(stored(operation))
          .isEqualTo(
              new State.Queued(1, clock.instant(), Optional.of(clock.instant()), Optional.empty()));
      assertThat(alive()).containsExactly("other");
    }
    assertThat(sent).isEmpty();
  }

  /// Reports the first read of the content of `held`, and returns it only after `until`.
  private OperationStore holdingContentOf(Operation held, CountDownLatch until) {
    return new ForwardingStore(memory.operations()) {
      @Override
      public Optional<StoredContent> content(Operation operation, Part part) {
        if (operation.id().equals(held.id())) {
          claimed.countDown();
          await(until);
        }
        return super.content(operation, part);
      }
    };
  }

  @Test
  void requeuesClaimedOperationsThatWereNotSent() throws Exception {
    var first = accepted();
    clock.advance(Duration.ofSeconds(1));
    var second = accepted();
    try (var dispatcher = started(holdingContentOf(second, aborted), this::silent)) {
      assertThat(sent.take()).isEqualTo(first.id());
      await(claimed);
      dispatcher.drain(Duration.ZERO);
      assertThat(stored(first)).isInstanceOf(State.Failed.class);
      assertThat(stored(second))
          .isEqualTo(
              new State.Queued(1, clock.instant(), Optional.of(clock.instant()), Optional.empty()));
    }
    assertThat(sent).as("never sent").isEmpty();
  }

  @Test
  void requeuesUnsentOperationsAtOnceAndLetsOthersContinue() throws Exception {
    var first = accepted();
    clock.advance(Duration.ofSeconds(1));
    var second = accepted();
    try (var dispatcher = started(holdingContentOf(second, released), this::silent)) {
      assertThat(sent.take()).isEqualTo(first.id());
      await(claimed);
      dispatcher.stopStarting();
      released.countDown();
      while (dispatcher.running() > 1) {
        Thread.onSpinWait();
      }
      assertThat(stored(second)).isInstanceOf(State.Queued.class);
      assertThat(stored(first)).as("still in flight").isInstanceOf(State.Running.class);
      assertThat(dispatcher.idle()).isFalse();
      assertThat(alive()).as("its lease is kept").contains(TestDispatchers.HOLDER);
    }
    assertThat(sent).as("the second was never sent").isEmpty();
  }

  @Test
  void releasesTheLeaseOfAnUnsettledOperation() throws Exception {
    var operation = accepted();
    var store =
        new FaultyOperationStore(
            memory.operations(), verb -> verb == Verb.REPLACE ? Fault.BEFORE : Fault.NONE);
    try (var dispatcher = started(store, this::silent)) {
      assertThat(sent.take()).isEqualTo(operation.id());
      assertThat(alive()).containsExactlyInAnyOrder("other", TestDispatchers.HOLDER);
      dispatcher.drain(Duration.ZERO);
      assertThat(stored(operation)).isInstanceOf(State.Running.class);
      assertThat(alive()).containsExactly("other");
      assertThat(memory.operations().held("other")).hasSize(1);
    }
    assertThat(alive()).as("closing renews nothing").containsExactly("other");
  }

  @Test
  void endsIfTheLeasesCannotBeReleased() {
    var store =
        new FaultyOperationStore(
            memory.operations(), verb -> verb == Verb.LEAVE ? Fault.BEFORE : Fault.NONE);
    try (var dispatcher = started(store, this::silent)) {
      dispatcher.drain(Duration.ZERO);
      assertThat(dispatcher.draining()).isTrue();
      assertThat(alive()).containsExactlyInAnyOrder("other", TestDispatchers.HOLDER);
    }
  }

  private void passTimeUntilReleased() {
    try {
      while (!released.await(10, TimeUnit.MILLISECONDS)) {
        clock.advance(STOP_MAX);
      }
    } catch (InterruptedException interrupted) {
      throw new IllegalStateException("a test is never interrupted", interrupted);
    }
  }

  @Test
  void keepsTheLeaseOfAnAttemptThatIgnoresItsAbort() throws Exception {
    var operation = accepted();
    Upstream unresponsive =
        attempt -> {
          sent.add(attempt.operation().id());
          attempt.onAbort(aborted::countDown);
          await(aborted);
          passTimeUntilReleased();
          return until(released);
        };
    try (var dispatcher = started(memory.operations(), unresponsive)) {
      assertThat(sent.take()).isEqualTo(operation.id());
      dispatcher.drain(Duration.ZERO);
      assertThat(dispatcher.running()).isEqualTo(1);
      assertThat(alive()).containsExactlyInAnyOrder("other", TestDispatchers.HOLDER);
      released.countDown();
    }
    assertThat(stored(operation)).isInstanceOf(State.Failed.class);
    assertThat(alive()).containsExactly("other");
  }
}
