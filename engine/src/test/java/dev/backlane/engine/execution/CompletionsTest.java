package dev.backlane.engine.execution;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.engine.operation.OperationId;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
final class CompletionsTest {
  private final OperationId id = OperationId.lowest(Instant.EPOCH);
  private final Completions completions = new Completions();

  @Test
  void aWaiterIsToldOfTheEnd() throws InterruptedException {
    var ended = new AtomicBoolean();
    var waits = new CountDownLatch(1);
    var told = new AtomicBoolean();
    var waiter =
        Thread.ofVirtual()
            .start(() -> {
              try {
                told.set(
                    completions.await(
                        id,
                        Duration.ofMinutes(1),
                        () -> {
                          waits.countDown();
                          return ended.get();
                        }));
              } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
              }
            });
    waits.await();
    ended.set(true);
    completions.ended(id);
    waiter.join();

    assertThat(told).isTrue();
  }

  @Test
  void whatEndedBeforeTheWaitEndsItAtOnce() throws InterruptedException {
    assertThat(completions.await(id, Duration.ofMinutes(1), () -> true)).isTrue();
  }

  @Test
  void theTimeIsOverWhenNothingEnds() throws InterruptedException {
    assertThat(completions.await(id, Duration.ofMillis(20), () -> false)).isFalse();
  }

  @Test
  void anEndElsewhereIsSeenWithoutASignal() throws InterruptedException {
    var looks = new int[1];

    assertThat(completions.await(id, Duration.ofMinutes(1), () -> ++looks[0] > 1)).isTrue();
  }
}
