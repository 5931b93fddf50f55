package dev.backlane.store.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.engine.background.Threads;
import dev.backlane.engine.execution.Upstream;
import dev.backlane.engine.operation.ErrorCode;
import dev.backlane.engine.operation.Verdict;
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

/// The behavior of the dispatcher while claims fail.
@Timeout(30)
final class DispatcherOnAFaultyStoreTest {
  private static final int CLAIM_FAILURES = 3;

  private final InstantSource clock = InstantSource.system();
  private final CountDownLatch failures = new CountDownLatch(CLAIM_FAILURES);
  private final CountDownLatch sent = new CountDownLatch(1);
  private final FaultyOperationStore store =
      new FaultyOperationStore(new MemoryStore().operations(), this::failFirstClaims);

  private Fault failFirstClaims(Verb verb) {
    if (verb != Verb.CLAIM || failures.getCount() == 0) {
      return Fault.NONE;
    }
    failures.countDown();
    return Fault.BEFORE;
  }

  @Test
  void claimsOnceASecondUntilTheStoreIsAvailable() throws Exception {
    store.accept(new Samples(clock, 1).queued(), Samples.requestContent(), Optional.empty());
    Upstream upstream =
        _ -> {
          sent.countDown();
          return Upstream.Outcome.without(new Verdict.Unusable(ErrorCode.INTERNAL, "irrelevant"));
        };
    long startNanos = System.nanoTime();
    try (var dispatcher = TestDispatchers.dispatcher(store, upstream, Threads.VIRTUAL, clock)) {
      dispatcher.start();
      assertThat(sent.await(20, TimeUnit.SECONDS)).as("sent").isTrue();
      assertThat(failures.getCount()).isZero();
      assertThat(Duration.ofNanos(System.nanoTime() - startNanos))
          .as("a pause after each failure")
          .isGreaterThan(Duration.ofSeconds(CLAIM_FAILURES).minusMillis(100));
    }
  }
}
