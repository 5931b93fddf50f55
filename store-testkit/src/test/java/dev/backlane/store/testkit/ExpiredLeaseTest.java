package dev.backlane.store.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.engine.execution.Upstream;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.Request;
import dev.backlane.engine.operation.Response;
import dev.backlane.engine.operation.State;
import dev.backlane.engine.operation.Verdict;
import dev.backlane.engine.store.memory.MemoryStore;
import dev.backlane.store.testkit.FaultyOperationStore.Fault;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Attempts in flight whose process cannot renew its lease because the store is unavailable.
@Timeout(30)
final class ExpiredLeaseTest {
  private final SettableClock clock = new SettableClock(Instant.parse("2026-11-24T10:15:30.123Z"));
  private final CountDownLatch sent = new CountDownLatch(2);
  private final CountDownLatch aborted = new CountDownLatch(1);
  private volatile boolean unavailable;

  private final FaultyOperationStore store =
      new FaultyOperationStore(
          new MemoryStore().operations(), _ -> unavailable ? Fault.BEFORE : Fault.NONE);

  @Test
  void abortsOnlyWhatAnotherProcessMayRepeat() throws Exception {
    var samples = new Samples(clock, 1);
    var post = samples.queued();
    var get = withMethod(samples.queued(), "GET");
    assertThat(post.request().method()).isEqualTo("POST");
    store.accept(post, Samples.requestContent(), Optional.empty());
    store.accept(get, Samples.requestContent(), Optional.empty());
    // The response to the POST arrives after the GET was aborted.
    Upstream upstream =
        attempt -> {
          boolean isGet = attempt.operation().request().method().equals("GET");
          attempt.onAbort(isGet ? aborted::countDown : () -> {});
          sent.countDown();
          await(aborted);
          return Upstream.Outcome.without(
              attempt.aborted()
                  ? new Verdict.Unknown("aborted")
                  : new Verdict.Responded(new Response(200, List.of(), 0), Optional.empty()));
        };
    var threads = new StallingThreads();
    try (var dispatcher = TestDispatchers.dispatcher(store, upstream, threads, clock)) {
      dispatcher.start();
      await(sent);
      unavailable = true;
      threads.stall(TestDispatchers.LEASE_LIFETIME);
      await(aborted);
      unavailable = false;
      while (!ended(post) || !ended(get)) {
        Thread.onSpinWait();
      }
    }
    assertThat(store.find(post.id()).orElseThrow().state()).isInstanceOf(State.Finished.class);
    assertThat(store.find(get.id()).orElseThrow().state()).isInstanceOf(State.Failed.class);
  }

  private boolean ended(Operation operation) {
    return store.find(operation.id()).orElseThrow().ended();
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException interrupted) {
      throw new IllegalStateException("a test is never interrupted", interrupted);
    }
  }

  private static Operation withMethod(Operation operation, String method) {
    var request = operation.request();
    return new Operation(
        operation.id(),
        operation.caller(),
        new Request(method, request.target(), request.headers(), request.contentLength()),
        operation.base(),
        operation.notification(),
        operation.route(),
        operation.reference(),
        operation.credentials(),
        operation.state(),
        operation.version());
  }
}
