package dev.backlane.store.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.engine.execution.Upstream;
import dev.backlane.engine.operation.ErrorCode;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.Verdict;
import dev.backlane.engine.store.ForwardingStore;
import dev.backlane.engine.store.Heartbeat;
import dev.backlane.engine.store.Renewal;
import dev.backlane.engine.store.content.Part;
import dev.backlane.engine.store.content.StoredContent;
import dev.backlane.engine.store.memory.MemoryStore;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// An operation that was claimed before the lease of its process expired, and was not sent before
/// the lease was renewed.
@Timeout(30)
final class LapsedLeaseTest {
  private final SettableClock clock = new SettableClock(Instant.parse("2026-11-24T10:15:30.123Z"));
  private final MemoryStore memory = new MemoryStore();
  private final CountDownLatch claimed = new CountDownLatch(1);
  private final CountDownLatch renewedAfterwards = new CountDownLatch(2);
  private final BlockingQueue<Long> sentVersions = new LinkedBlockingQueue<>();
  private final AtomicBoolean expired = new AtomicBoolean();
  private final StallingThreads threads = new StallingThreads();

  /// A store whose reads of contents block until the expired lease has been renewed.
  private final class SlowStore extends ForwardingStore {
    SlowStore() {
      super(memory.operations());
    }

    @Override
    public Renewal renew(String holder, Duration lifetime, List<Heartbeat> silences) {
      boolean afterwards = expired.get();
      var renewal = super.renew(holder, lifetime, silences);
      if (afterwards) {
        renewedAfterwards.countDown();
      }
      return renewal;
    }

    @Override
    public Optional<StoredContent> content(Operation operation, Part part) {
      claimed.countDown();
      try {
        assertThat(renewedAfterwards.await(20, TimeUnit.SECONDS)).isTrue();
      } catch (InterruptedException interrupted) {
        throw new IllegalStateException("a test is never interrupted", interrupted);
      }
      return super.content(operation, part);
    }
  }

  @Test
  void requeuesInsteadOfSendingAfterAStall() throws Exception {
    assertRequeuedAfter(() -> threads.stall(TestDispatchers.LEASE_LIFETIME));
  }

  @Test
  void requeuesInsteadOfSendingAfterItsLeaseWasEnded() throws Exception {
    assertRequeuedAfter(this::endLeaseByAnotherProcess);
  }

  @Test
  void sendsAfterAJumpOfTheWallClock() throws Exception {
    assertThat(sentAfter(() -> clock.advance(TestDispatchers.LEASE_LIFETIME))).isEqualTo(1);
  }

  private void endLeaseByAnotherProcess() {
    var lifetime = TestDispatchers.LEASE_LIFETIME;
    boolean ended = false;
    while (!ended) {
      // Fails if the lease is renewed between the two calls.
      var last = memory.operations().renew("other", lifetime, List.of()).others().getFirst();
      ended = memory.operations().expire(last);
    }
  }

  private void assertRequeuedAfter(Runnable expiry) throws InterruptedException {
    // Claimed in version 1, requeued in version 2: another process may have sent version 1.
    assertThat(sentAfter(expiry)).isEqualTo(3);
  }

  private @Nullable Long sentAfter(Runnable expiry) throws InterruptedException {
    var store = new SlowStore();
    var operation = new Samples(clock, 1).queued();
    store.accept(operation, Samples.requestContent(), Optional.empty());
    Upstream upstream =
        attempt -> {
          sentVersions.add(attempt.operation().version());
          return Upstream.Outcome.without(new Verdict.Unusable(ErrorCode.INTERNAL, "irrelevant"));
        };
    try (var dispatcher = TestDispatchers.dispatcher(store, upstream, threads, clock)) {
      dispatcher.start();
      assertThat(claimed.await(20, TimeUnit.SECONDS)).isTrue();
      expiry.run();
      expired.set(true);
      return sentVersions.poll(20, TimeUnit.SECONDS);
    }
  }
}
