package dev.backlane.store.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.engine.execution.Upstream;
import dev.backlane.engine.operation.ErrorCode;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.Verdict;
import dev.backlane.engine.store.ForwardingStore;
import dev.backlane.engine.store.content.Content;
import dev.backlane.engine.store.content.Part;
import dev.backlane.engine.store.content.StoredContent;
import dev.backlane.engine.store.memory.MemoryStore;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// An operation that was claimed before the lease of its process expired, and was not sent before
/// the lease was renewed.
@Timeout(30)
final class LapsedLeaseTest {
  private final SettableClock clock = new SettableClock(Instant.parse("2026-11-24T10:15:30.123Z"));
  private final CountDownLatch claimed = new CountDownLatch(1);
  private final CountDownLatch renewedAfterwards = new CountDownLatch(2);
  private final BlockingQueue<Long> sentVersions = new LinkedBlockingQueue<>();
  private volatile Instant expiredAt = Instant.MAX;

  /// A store whose reads of contents block until the expired lease has been renewed.
  private final class SlowStore extends ForwardingStore {
    SlowStore() {
      super(new MemoryStore().operations());
    }

    @Override
    public Set<String> renew(String holder, Duration lifetime, Instant now) {
      var alive = super.renew(holder, lifetime, now);
      if (!now.isBefore(expiredAt)) {
        renewedAfterwards.countDown();
      }
      return alive;
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
  void requeuesInsteadOfSendingAfterALeaseExpired() throws Exception {
    var store = new SlowStore();
    var operation = new Samples(clock, 1).queued();
    store.accept(operation, Content.EMPTY, Optional.empty());
    Upstream upstream =
        attempt -> {
          sentVersions.add(attempt.operation().version());
          return Upstream.Outcome.without(new Verdict.Unusable(ErrorCode.INTERNAL, "irrelevant"));
        };
    try (var dispatcher =
        TestDispatchers.dispatcher(store, upstream, new AcceleratedThreads(), clock)) {
      dispatcher.start();
      assertThat(claimed.await(20, TimeUnit.SECONDS)).isTrue();
      expiredAt = clock.instant().plus(TestDispatchers.LEASE_LIFETIME);
      clock.set(expiredAt);
      // Claimed in version 1, requeued in version 2: another process may have sent version 1.
      assertThat(sentVersions.poll(20, TimeUnit.SECONDS)).isEqualTo(3);
    }
  }
}
