package dev.backlane.engine.execution;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.engine.operation.OperationId;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
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
  void aWaitEndsWithTheThreadThatWatchesTimeoutsGone() throws InterruptedException {
    assertThat(completions.await(id, Duration.ofMillis(1), () -> false)).isFalse();
    while (completions.ticking()) {
      Thread.onSpinWait();
    }
    assertThat(completions.await(id, Duration.ofMillis(1), () -> false)).isFalse();
  }

  @Test
  void severalWaitsForOneOperationEndAtTheirOwnTimes() throws InterruptedException {
    var ends = new LinkedBlockingQueue<Integer>();
    var waits = new CountDownLatch(3);
    for (int seconds : List.of(60, 1, 59)) {
      Thread.ofVirtual()
          .start(() -> {
            try {
              waits.countDown();
              completions.await(id, Duration.ofSeconds(seconds), () -> false);
              ends.add(seconds);
            } catch (InterruptedException interrupted) {
              Thread.currentThread().interrupt();
            }
          });
    }
    waits.await();
    assertThat(ends.take()).isEqualTo(1);
    completions.ended(id);
    assertThat(List.of(ends.take(), ends.take())).containsExactlyInAnyOrder(60, 59);
  }

  @Test
  void anInterruptEndsAWait() throws InterruptedException {
    var interrupted = new AtomicBoolean();
    var waiter =
        Thread.ofVirtual()
            .start(() -> {
              try {
                completions.await(id, Duration.ofMinutes(1), () -> false);
              } catch (InterruptedException expected) {
                interrupted.set(true);
              }
            });
    waiter.interrupt();
    waiter.join();
    assertThat(interrupted).isTrue();
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
