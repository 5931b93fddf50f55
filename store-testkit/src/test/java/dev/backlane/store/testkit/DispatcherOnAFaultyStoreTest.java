package dev.backlane.store.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.engine.background.Threads;
import dev.backlane.engine.execution.Upstream;
import dev.backlane.engine.operation.Verdict;
import dev.backlane.engine.store.content.Content;
import dev.backlane.engine.store.memory.MemoryStore;
import dev.backlane.store.testkit.FaultyOperationStore.Fault;
import dev.backlane.store.testkit.FaultyOperationStore.Verb;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
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
      new FaultyOperationStore(new MemoryStore().operations(), this::refusesAFewClaims);

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
    Upstream upstream =
        _ -> {
          sent.countDown();
          return Upstream.Outcome.without(new Verdict.Unusable("not of interest"));
        };
    long begun = System.nanoTime();
    try (var dispatcher = TestDispatchers.dispatcher(store, upstream, Threads.VIRTUAL, clock)) {
      dispatcher.start();
      assertThat(sent.await(20, TimeUnit.SECONDS)).as("sent in the end").isTrue();
      assertThat(refused.getCount()).isZero();
      assertThat(Duration.ofNanos(System.nanoTime() - begun))
          .as("a pause after each refusal")
          .isGreaterThan(Duration.ofSeconds(REFUSED_CLAIMS).minusMillis(100));
    }
  }
}
