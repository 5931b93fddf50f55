package dev.backlane.engine.execution;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.engine.operation.OperationId;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
final class CompletionsTest {
  private final OperationId id = OperationId.lowest(Instant.EPOCH);
  private final Completions completions = new Completions();

  @Test
  void wakesAWaiterAtTheEnd() throws InterruptedException {
    var ended = new AtomicBoolean();
    var waits = new CountDownLatch(1);
    var noticed = new AtomicBoolean();
    var waiter =
        Thread.ofVirtual()
            .start(() -> {
              try {
                noticed.set(
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

    assertThat(noticed).isTrue();
  }

  @Test
  void returnsAtOnceIfEndedBefore() throws InterruptedException {
    assertThat(completions.await(id, Duration.ofMinutes(1), () -> true)).isTrue();
  }

  @Test
  void returnsFalseAfterTheTimeout() throws InterruptedException {
    assertThat(completions.await(id, Duration.ofMillis(20), () -> false)).isFalse();
  }

  @Test
  void readsTheStoreTwiceHoweverLongItWaits() throws InterruptedException {
    var reads = new AtomicInteger();

    assertThat(completions.await(id, Duration.ofMillis(1_500), () -> reads.incrementAndGet() > 2))
        .isFalse();
    assertThat(reads).hasValue(2);
  }

  @Test
  void wakesWaitersOfAnEndAtAnotherNode() throws InterruptedException {
    var ended = new AtomicBoolean();
    var waits = new CountDownLatch(1);
    var finder =
        Thread.ofVirtual()
            .start(() -> {
              try {
                waits.await();
              } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
              }
              ended.set(true);
              completions.find(ids -> ids);
            });

    assertThat(
            completions.await(
                id,
                Duration.ofMinutes(1),
                () -> {
                  waits.countDown();
                  return ended.get();
                }))
        .isTrue();
    finder.join();
  }

  @Test
  void readsNothingWithoutWaiters() {
    completions.find(_ -> {
      throw new AssertionError("nothing is waited for");
    });
  }
}
