package dev.backlane.engine.operation;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Instant;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class OperationIdTest {
  private final AtomicLong millis = new AtomicLong(1_800_000_000_000L);
  private final OperationIds ids =
      new OperationIds(() -> Instant.ofEpochMilli(millis.get()), new SplittableRandom(7));

  @Test
  void isAUuidOfVersion7WithItsTime() {
    var id = ids.next();
    var uuid = UUID.fromString(id.toString());

    assertThat(uuid.version()).isEqualTo(7);
    assertThat(uuid.variant()).isEqualTo(2);
    assertThat(id.receivedAt()).isEqualTo(Instant.ofEpochMilli(millis.get()));
  }

  @Test
  void staysInOrderWithinAMillisecondAndIfTheClockGoesBack() {
    var previous = ids.next();
    for (int i = 0; i < 10_000; i++) {
      if (i == 5_000) {
        millis.addAndGet(-60_000);
      }
      var next = ids.next();
      assertThat(next).isGreaterThan(previous);
      previous = next;
    }
  }

  @Test
  void parsesItsBytesAndText() {
    var id = ids.next();

    assertThat(OperationId.of(id.bytes())).isEqualTo(id);
    assertThat(OperationId.parse(id.toString())).contains(id);
    assertThat(OperationId.parse(id.toString().toUpperCase(Locale.ROOT))).contains(id);
  }

  @Test
  void theLowestIdOfATimeSeparatesEarlierFromLater() {
    var before = ids.next();
    millis.incrementAndGet();
    var bound = OperationId.lowest(Instant.ofEpochMilli(millis.get()));
    var after = ids.next();

    assertThat(before).isLessThan(bound);
    assertThat(after).isGreaterThanOrEqualTo(bound);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "x",
        "1-1-7-8-1",
        "00000000-0000-0000-0000-000000000000",
        "5f0c54fd-4b5b-4a63-8b8f-9c8a8c0a6f5e",
        "01a2b3c4-d5e6-7f01-1234-567890abcdef",
        "01a2b3c4-d5e6-7f01-8234-567890abcde",
        "01a2b3c4-d5e6-7f01-8234-567890abcdeg",
        "01a2b3c4/d5e6-7f01-8234-567890abcdef",
      })
  void rejectsAnythingElse(String text) {
    assertThat(OperationId.parse(text)).isEmpty();
  }

  @Test
  void isUniqueAcrossThreads() throws InterruptedException {
    var seen = ConcurrentHashMap.<OperationId>newKeySet();
    var threads =
        Stream.generate(() ->
                Thread.ofVirtual()
                    .unstarted(() -> {
                      for (int i = 0; i < 1_000; i++) {
                        seen.add(ids.next());
                      }
                    }))
            .limit(8)
            .toList();
    threads.forEach(Thread::start);
    for (var thread : threads) {
      thread.join();
    }
    assertThat(seen).hasSize(8_000);
  }
}
