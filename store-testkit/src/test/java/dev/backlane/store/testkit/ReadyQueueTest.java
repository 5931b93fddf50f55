package dev.backlane.store.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.store.queue.Permits;
import dev.backlane.engine.store.queue.QueueEntry;
import dev.backlane.engine.store.queue.QueueKey;
import dev.backlane.engine.store.queue.ReadyQueue;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// A queue that is rebuilt with many entries serves them as if each had been added.
final class ReadyQueueTest {
  private static final Instant START = Instant.parse("2026-01-31T12:00:00Z");
  private static final int SECONDS = 100;

  private static final Permits UNLIMITED = new UnlimitedPermits();

  private final AtomicLong ids = new AtomicLong();

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void aRebuiltQueueServesInTheSameOrder(long seed) {
    var random = new Random(seed);
    var initial = entries(random);
    var later = entries(random);
    var rebuilt = new ReadyQueue(initial);
    var added = new ReadyQueue();
    initial.forEach(added::add);
    for (var queue : List.of(rebuilt, added)) {
      later.forEach(queue::add);
    }

    var fromRebuilt = new ArrayList<QueueEntry>();
    var fromAdded = new ArrayList<QueueEntry>();
    for (int second = 0; second < SECONDS; second += 7) {
      var now = START.plusSeconds(second);
      assertThat(rebuilt.nextDue(UNLIMITED)).isEqualTo(added.nextDue(UNLIMITED));
      fromRebuilt.addAll(rebuilt.take(20, UNLIMITED, now));
      fromAdded.addAll(added.take(20, UNLIMITED, now));
      assertThat(rebuilt.size()).isEqualTo(added.size());
      assertThat(rebuilt.size("a")).isEqualTo(added.size("a"));
    }
    var end = START.plusSeconds(SECONDS);
    fromRebuilt.addAll(rebuilt.take(Integer.MAX_VALUE, UNLIMITED, end));
    fromAdded.addAll(added.take(Integer.MAX_VALUE, UNLIMITED, end));

    assertThat(fromRebuilt)
        .containsExactlyElementsOf(fromAdded)
        .containsExactlyInAnyOrderElementsOf(
            Stream.concat(initial.stream(), later.stream()).toList());
    assertThat(rebuilt.size()).isZero();
    assertThat(rebuilt.nextDue(UNLIMITED)).isEmpty();
  }

  @Test
  void entriesOfTheStartAreNotDueEarly() {
    var entry = new QueueEntry(new OperationId(0, 1), new QueueKey("a", ""), START.plusSeconds(2));
    var queue = new ReadyQueue(List.of(entry));

    assertThat(queue.take(1, UNLIMITED, START.plusSeconds(1))).isEmpty();
    assertThat(queue.nextDue(UNLIMITED)).contains(START.plusSeconds(2));
    assertThat(queue.take(1, UNLIMITED, START.plusSeconds(2))).containsExactly(entry);
  }

  private List<QueueEntry> entries(Random random) {
    return Stream.generate(() ->
            new QueueEntry(
                new OperationId(0, ids.incrementAndGet()),
                new QueueKey(random.nextBoolean() ? "a" : "b", random.nextBoolean() ? "r" : ""),
                START.plusSeconds(random.nextInt(SECONDS))))
        .limit(200)
        .toList();
  }
}
