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
  void noticesAnEndOnAnotherNode() throws InterruptedException {
    var polls = new int[1];

    assertThat(completions.await(id, Duration.ofMinutes(1), () -> ++polls[0] > 1)).isTrue();
  }
}
