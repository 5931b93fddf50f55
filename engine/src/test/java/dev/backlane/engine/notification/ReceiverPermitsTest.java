package dev.backlane.engine.notification;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.engine.store.queue.QueueKey;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

final class ReceiverPermitsTest {
  private static final int MAX = 5;
  private static final int PER_TENANT_MAX = 5;
  private static final int PER_RECEIVER_MAX = 3;

  private final AtomicReference<Instant> now =
      new AtomicReference<>(Instant.parse("2026-11-24T10:15:30.123Z"));
  private final ReceiverPermits slots =
      new ReceiverPermits(MAX, PER_TENANT_MAX, PER_RECEIVER_MAX, now::get);

  ReceiverPermitsTest() {
    for (String receiver : List.of("a", "b", "c", "one", "other 1", "other 3")) {
      slots.succeeded(receiver);
    }
  }

  private int takeAll(String receiver) {
    int taken = 0;
    while (slots.tryAcquire(key(receiver, ""))) {
      taken++;
    }
    assertThat(slots.hasPermit(key(receiver, ""))).isFalse();
    return taken;
  }

  private void release(String receiver, int count) {
    for (int each = 0; each < count; each++) {
      slots.release(key(receiver, ""));
    }
  }

  private void fail(String receiver, int times) {
    for (int each = 0; each < times; each++) {
      slots.failed(receiver, now.get());
    }
  }

  private void advance(Duration step) {
    now.updateAndGet(instant -> instant.plus(step));
  }

  /// The receiver has no room until `alone` is over, and then room for one.
  private void assertLeftAlone(String receiver, Duration alone) {
    assertThat(slots.openCircuits()).isEqualTo(1);
    assertThat(slots.hasPermit(key(receiver, ""))).isFalse();
    advance(alone.minusMillis(1));
    assertThat(slots.tryAcquire(key(receiver, ""))).isFalse();
    assertThat(slots.openCircuits()).isEqualTo(1);
    advance(Duration.ofMillis(1));
    assertThat(slots.openCircuits()).isZero();
    assertThat(takeAll(receiver)).isEqualTo(1);
  }

  private static QueueKey key(String receiver, String tenant) {
    return new QueueKey(receiver, tenant);
  }

  @Test
  void aReceiverGetsItsPlacesAndLeavesTheRestToOthers() {
    assertThat(takeAll("a")).isEqualTo(PER_RECEIVER_MAX);
    assertThat(slots.hasPermit(key("b", ""))).isTrue();
    assertThat(takeAll("b")).isEqualTo(MAX - PER_RECEIVER_MAX);
    assertThat(slots.hasPermit(key("c", ""))).isFalse();
    assertThat(slots.free()).isZero();
    assertThat(slots.taken()).isEqualTo(MAX);
  }

  @Test
  void aPlaceThatIsGivenBackIsTakenAgain() {
    takeAll("a");
    takeAll("b");
    release("a", 1);
    assertThat(slots.free()).isEqualTo(1);
    assertThat(slots.tryAcquire(key("b", ""))).isTrue();
    assertThat(slots.tryAcquire(key("a", ""))).isFalse();
    release("a", 2);
    release("b", 3);
    assertThat(slots.taken()).isZero();
    assertThat(takeAll("a")).isEqualTo(PER_RECEIVER_MAX);
  }

  @Test
  void aReceiverThatFailsNowAndThenKeepsItsPlaces() {
    for (int each = 0; each < 20; each++) {
      fail("a", ReceiverPermits.FAILURES_MAX - 1);
      slots.succeeded("a");
    }
    assertThat(takeAll("a")).isEqualTo(PER_RECEIVER_MAX);
    release("a", PER_RECEIVER_MAX);
    fail("a", ReceiverPermits.FAILURES_MAX - 1);
    assertThat(slots.openCircuits()).isZero();
    assertThat(takeAll("a")).as("until it succeeds again").isEqualTo(1);
  }

  @Test
  void aReceiverThatIsNotKnownYetHasOnePlace() {
    assertThat(takeAll("new")).isEqualTo(1);
    slots.succeeded("new");
    release("new", 1);
    assertThat(takeAll("new")).isEqualTo(PER_RECEIVER_MAX);
  }

  @Test
  void oneCompanysReceiversLeaveSomePlacesToOthers() {
    var tight = new ReceiverPermits(MAX, 2, PER_RECEIVER_MAX, now::get);
    assertThat(tight.tryAcquire(key("x", "acme"))).isTrue();
    assertThat(tight.tryAcquire(key("y", "acme"))).isTrue();
    assertThat(tight.tryAcquire(key("z", "acme"))).isFalse();
    assertThat(tight.tryAcquire(key("x2", "globex"))).isTrue();
    tight.release(key("y", "acme"));
    assertThat(tight.tryAcquire(key("z", "acme"))).isTrue();
  }

  @Test
  void attemptsThatWereUnderWayWhenOneFailedCountOnce() {
    var started = now.get();
    for (int each = 0; each < 8; each++) {
      advance(Duration.ofMillis(1));
      slots.failed("a", started);
    }
    assertThat(slots.openCircuits()).isZero();
    fail("a", ReceiverPermits.FAILURES_MAX - 1);
    assertLeftAlone("a", Duration.ofSeconds(10));
  }

  @Test
  void aReceiverThatFailedFiveTimesInARowIsLeftAloneAndNoOtherIs() {
    fail("b", ReceiverPermits.FAILURES_MAX - 1);
    fail("a", 5);
    assertThat(slots.openCircuits()).isEqualTo(1);
    assertThat(slots.tryAcquire(key("a", ""))).isFalse();
    assertThat(slots.taken()).isZero();
    assertThat(takeAll("b")).isEqualTo(1);
    assertThat(takeAll("c")).isEqualTo(PER_RECEIVER_MAX);
  }

  @Test
  void eachFurtherFailureDoublesTheTimeUpToFiveMinutes() {
    fail("a", 5);
    for (int seconds : new int[] {10, 20, 40, 80, 160, 300, 300, 300}) {
      assertLeftAlone("a", Duration.ofSeconds(seconds));
      slots.failed("a", now.get());
      release("a", 1);
    }
  }

  @Test
  void afterAThousandFailuresTheTimeIsStillBounded() {
    fail("a", 1_000);
    assertLeftAlone("a", Duration.ofMinutes(5));
  }

  @Test
  void theReceiverThatWasLeftAloneGetsOneAttemptAtATimeUntilOneSucceeds() {
    fail("a", 5);
    assertLeftAlone("a", Duration.ofSeconds(10));
    release("a", 1);
    assertThat(takeAll("a")).as("not tried in between").isEqualTo(1);

    slots.succeeded("a");
    release("a", 1);
    assertThat(takeAll("a")).isEqualTo(PER_RECEIVER_MAX);
    fail("a", ReceiverPermits.FAILURES_MAX - 1);
    assertThat(slots.openCircuits()).as("counted from 0 again").isZero();
    slots.failed("a", now.get());
    release("a", PER_RECEIVER_MAX);
    assertLeftAlone("a", Duration.ofSeconds(10));
  }

  @Test
  void failuresOfLongAgoAreForgotten() {
    fail("a", 8);
    advance(Duration.ofHours(1));
    slots.pruneOldFailures();
    slots.failed("a", now.get());
    assertThat(slots.openCircuits()).as("an hour is not over").isEqualTo(1);
    advance(Duration.ofHours(1).plusMillis(1));
    slots.pruneOldFailures();
    slots.failed("a", now.get());
    assertThat(slots.openCircuits()).as("counted from 0 again").isZero();
  }

  @Test
  void neverGivesMoreThanThereAreToManyAtOnce() throws Exception {
    var ofOne = new AtomicInteger();
    var most = new AtomicInteger();
    var mostOfOne = new AtomicInteger();
    try (var threads = Executors.newFixedThreadPool(8)) {
      var takers = new ArrayList<Future<?>>();
      for (int thread = 0; thread < 8; thread++) {
        var receiver = thread % 2 == 0 ? "one" : "other " + thread;
        takers.add(
            threads.submit(() -> {
              for (int each = 0; each < 5_000; each++) {
                if (slots.tryAcquire(key(receiver, ""))) {
                  most.accumulateAndGet(slots.taken(), Math::max);
                  if (receiver.equals("one")) {
                    mostOfOne.accumulateAndGet(ofOne.incrementAndGet(), Math::max);
                    ofOne.decrementAndGet();
                  }
                  slots.release(key(receiver, ""));
                }
              }
            }));
      }
      for (var taker : takers) {
        taker.get();
      }
    }
    assertThat(most.get()).isBetween(1, MAX);
    assertThat(mostOfOne.get()).isBetween(1, PER_RECEIVER_MAX);
    assertThat(slots.taken()).isZero();
  }
}
