package dev.backlane.store.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.engine.execution.Completions;
import dev.backlane.engine.execution.Dispatcher;
import dev.backlane.engine.execution.ExecutionPolicy;
import dev.backlane.engine.execution.Routes;
import dev.backlane.engine.execution.Surroundings;
import dev.backlane.engine.execution.Threads;
import dev.backlane.engine.execution.Upstream;
import dev.backlane.engine.operation.RetryPolicy;
import dev.backlane.engine.operation.Verdict;
import dev.backlane.engine.store.Content;
import dev.backlane.store.testkit.FaultyOperationStore.Fault;
import dev.backlane.store.testkit.FaultyOperationStore.Verb;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What the dispatcher does while the store gives no work.
@Timeout(30)
final class DispatcherOnAFaultyStoreTest {
  private static final int REFUSED_CLAIMS = 3;

  private final InstantSource clock = InstantSource.system();
  private final CountDownLatch refused = new CountDownLatch(REFUSED_CLAIMS);
  private final CountDownLatch sent = new CountDownLatch(1);
  private final FaultyOperationStore store =
      new FaultyOperationStore(new MemoryOperationStore(), this::refusesAFewClaims);

  private Fault refusesAFewClaims(Verb verb) {
    if (verb != Verb.CLAIM || refused.getCount() == 0) {
      return Fault.NONE;
    }
    refused.countDown();
    return Fault.BEFORE;
  }

  @Test
  void asksOnceASecondAndStartsTheWorkWhenItIsGiven() throws Exception {
    store.accept(new Samples(clock, 1).queued(), Content.EMPTY, Optional.empty());
    long begun = System.nanoTime();
    try (var dispatcher = dispatcher()) {
      dispatcher.start();
      assertThat(sent.await(20, TimeUnit.SECONDS)).as("sent in the end").isTrue();
      assertThat(refused.getCount()).isZero();
      assertThat(Duration.ofNanos(System.nanoTime() - begun))
          .as("a pause after each refusal")
          .isGreaterThan(Duration.ofSeconds(REFUSED_CLAIMS).minusMillis(100));
    }
  }

  private Dispatcher dispatcher() {
    Upstream upstream =
        _ -> {
          sent.countDown();
          return Upstream.Outcome.without(new Verdict.Unusable("not of interest"));
        };
    var retry =
        new RetryPolicy(
            1,
            Duration.ofHours(1),
            Duration.ofSeconds(1),
            Duration.ofSeconds(1),
            Duration.ofSeconds(1),
            RetryPolicy.RETRY_ON_DEFAULT,
            false);
    return new Dispatcher(
        store,
        upstream,
        new Routes(List.of(), new ExecutionPolicy(retry, Duration.ofSeconds(10))),
        new Completions(),
        new Dispatcher.Crew("test", Duration.ofDays(1), 4, 0, Duration.ZERO),
        new Surroundings(Threads.VIRTUAL, clock, new Random(1)));
  }
}
