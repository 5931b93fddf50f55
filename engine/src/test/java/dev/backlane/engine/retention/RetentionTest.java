package dev.backlane.engine.retention;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.engine.background.ScriptedThreads;
import dev.backlane.engine.background.Threads;
import dev.backlane.engine.store.ForwardingStore;
import dev.backlane.engine.store.expiry.RetentionStep;
import dev.backlane.engine.store.failure.StoreException;
import dev.backlane.engine.store.memory.MemoryStore;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
final class RetentionTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");

  private final InstantSource clock = InstantSource.fixed(NOW);

  /// A store whose first prunes fail.
  private static final class FailingStore extends ForwardingStore {
    private final List<RetentionStep> steps = new ArrayList<>();
    private final int failures;
    private final boolean byStoreException;

    FailingStore(int failures, boolean byStoreException) {
      super(new MemoryStore().operations());
      this.failures = failures;
      this.byStoreException = byStoreException;
    }

    @Override
    public void prune(RetentionStep step) {
      steps.add(step);
      if (steps.size() <= failures) {
        throw byStoreException ? new StoreException("no") : new IllegalStateException("broken");
      }
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void continuesPruningAfterAFailure(boolean byStoreException) {
    var store = new FailingStore(12, byStoreException);
    var threads = new ScriptedThreads(15);
    new Retention(store, () -> Duration.ofHours(24), clock, threads).start();

    assertThat(threads.waitMillis())
        .containsExactly(
            60_000L, 100L, 200L, 400L, 800L, 1600L, 3200L, 6400L, 12_800L, 25_600L, 51_200L,
            60_000L, 60_000L, 60_000L, 60_000L);
    assertThat(store.steps).hasSize(15).allSatisfy(step -> assertThat(step.now()).isEqualTo(NOW));
    // The first and the last wait, and at most two intervals of those in between.
    assertThat(store.steps.getFirst().elapsed()).isEqualTo(Duration.ofMinutes(1));
  }

  @ParameterizedTest
  @CsvSource({"PT24H, 60000", "PT5M, 30000", "PT1S, 100", "PT0.1S, 100"})
  void prunesTenTimesPerRetentionWithinBounds(Duration retention, long intervalMillis) {
    var threads = new ScriptedThreads(2);
    new Retention(new FailingStore(0, true), () -> retention, clock, threads).start();

    assertThat(threads.waitMillis()).containsExactly(intervalMillis, intervalMillis);
  }

  @Test
  void aShorterRetentionPrunesNothingEarly() {
    var store = new FailingStore(0, true);
    var threads = new ScriptedThreads(3);
    var before = Duration.ofHours(24);
    var after = Duration.ofSeconds(10);
    new Retention(store, () -> store.steps.isEmpty() ? before : after, clock, threads).start();

    assertThat(threads.waitMillis()).containsExactly(60_000L, 1_000L, 1_000L);
    // An end may have been recorded with a time of a minute before.
    assertThat(store.steps.getLast().keptMillis())
        .isEqualTo(after.plus(Duration.ofMinutes(3)).toMillis());
    assertThat(new RetentionStep(after, Duration.ZERO, NOW).keptMillis()).isEqualTo(13_000);
  }

  @Test
  void closeWaitsForAPruneInProgress() throws Exception {
    var pruning = new CountDownLatch(1);
    var release = new CountDownLatch(1);
    var pruned = new CountDownLatch(1);
    var store =
        new ForwardingStore(new MemoryStore().operations()) {
          @Override
          public void prune(RetentionStep step) {
            pruning.countDown();
            try {
              release.await();
            } catch (InterruptedException interrupted) {
              throw new IllegalStateException("a test is never interrupted", interrupted);
            }
            pruned.countDown();
          }
        };
    var retention = new Retention(store, () -> Duration.ofSeconds(1), clock, Threads.VIRTUAL);
    retention.start();
    assertThat(pruning.await(10, TimeUnit.SECONDS)).isTrue();
    Threads.VIRTUAL.start("release", release::countDown);
    retention.close();
    assertThat(pruned.getCount()).isZero();
  }
}
