package dev.backlane.store.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.engine.execution.Upstream;
import dev.backlane.engine.operation.ErrorCode;
import dev.backlane.engine.operation.Lease;
import dev.backlane.engine.operation.Verdict;
import dev.backlane.engine.store.ForwardingStore;
import dev.backlane.engine.store.Heartbeat;
import dev.backlane.engine.store.Renewal;
import dev.backlane.engine.store.Replacement;
import dev.backlane.engine.store.content.Content;
import dev.backlane.engine.store.memory.MemoryStore;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// A takeover that takes long delays no renewal of the leases of the process that does it.
@Timeout(30)
final class RenewalDuringTakeoverTest {
  private static final int RENEWALS = 20;

  private final SettableClock clock = new SettableClock(Instant.parse("2026-11-24T10:15:30.123Z"));
  private final CountDownLatch takingOver = new CountDownLatch(1);
  private final CountDownLatch renewals = new CountDownLatch(RENEWALS);
  private final AtomicBoolean renewedMeanwhile = new AtomicBoolean();

  /// A store in which a takeover waits for renewals.
  private final class SlowStore extends ForwardingStore {
    SlowStore() {
      super(new MemoryStore().operations());
    }

    @Override
    public Renewal renew(String holder, Duration lifetime, List<Heartbeat> silences) {
      if (takingOver.getCount() == 0) {
        renewals.countDown();
      }
      return super.renew(holder, lifetime, silences);
    }

    @Override
    public List<Replacement.Result> replaceAll(List<Replacement> replacements) {
      if (!replacements.isEmpty()) {
        takingOver.countDown();
        try {
          renewedMeanwhile.set(renewals.await(20, TimeUnit.SECONDS));
        } catch (InterruptedException interrupted) {
          throw new IllegalStateException("a test is never interrupted", interrupted);
        }
      }
      return super.replaceAll(replacements);
    }
  }

  @Test
  void renewsWhileATakeoverIsRunning() throws Exception {
    var store = new SlowStore();
    Upstream upstream =
        _ -> Upstream.Outcome.without(new Verdict.Unusable(ErrorCode.INTERNAL, "irrelevant"));
    try (var dispatcher =
        TestDispatchers.dispatcher(store, upstream, new AcceleratedThreads(), clock)) {
      dispatcher.start();
      // Of a process that has no lease any more.
      var abandoned = new Samples(clock, 1).started(new Lease("dead", 1));
      store.accept(abandoned, Content.EMPTY, Optional.empty());
      assertThat(renewals.await(20, TimeUnit.SECONDS)).isTrue();
    }
    assertThat(renewedMeanwhile).isTrue();
  }
}
