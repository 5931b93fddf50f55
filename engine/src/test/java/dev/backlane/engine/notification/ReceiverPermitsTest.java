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
  private final ReceiverPermits permits =
      new ReceiverPermits(MAX, PER_TENANT_MAX, PER_RECEIVER_MAX, now::get);

  ReceiverPermitsTest() {
    for (String receiver : List.of("a", "b", "c", "one", "other 1", "other 3")) {
      permits.succeeded(receiver);
    }
  }

  @Test
  void urgentAttemptsPassAnOpenCircuitWithinTheirOwnLimit() {
    fail("a", ReceiverPermits.FAILURES_MAX);
    assertThat(permits.hasPermit(key("a", ""))).isFalse();
    assertThat(permits.permitted("a", now.get())).isEqualTo(now.get().plusSeconds(10));
    for (int each = 0; each < 4; each++) {
      assertThat(permits.tryAcquireUrgent("a")).isTrue();
    }
    assertThat(permits.tryAcquireUrgent("a")).isFalse();
    assertThat(permits.tryAcquireUrgent("b")).isTrue();
    assertThat(permits.taken()).isEqualTo(5);
    assertThat(permits.free()).isEqualTo(MAX);
    permits.releaseUrgent("a");
    assertThat(permits.tryAcquireUrgent("a")).isTrue();
    permits.succeeded("a");
    assertThat(permits.hasPermit(key("a", ""))).isTrue();
    assertThat(permits.permitted("a", now.get())).isEqualTo(now.get());
  }

  private int acquireAll(String receiver) {
    int taken = 0;
    while (permits.tryAcquire(key(receiver, ""))) {
      taken++;
    }
    assertThat(permits.hasPermit(key(receiver, ""))).isFalse();
    return taken;
  }

  private void release(String receiver, int count) {
    for (int each = 0; each < count; each++) {
      permits.release(key(receiver, ""));
    }
  }

  private void fail(String receiver, int times) {
    for (int each = 0; each < times; each++) {
      permits.failed(receiver, now.get());
    }
  }

  private void advance(Duration step) {
    now.updateAndGet(instant -> instant.plus(step));
  }

  /// The circuit is open for `duration`, and then half open.
  private void assertOpenFor(String receiver, Duration duration) {
    assertThat(permits.openCircuits()).isEqualTo(1);
    assertThat(permits.hasPermit(key(receiver, ""))).isFalse();
    advance(duration.minusMillis(1));
    assertThat(permits.tryAcquire(key(receiver, ""))).isFalse();
    assertThat(permits.openCircuits()).isEqualTo(1);
    advance(Duration.ofMillis(1));
    assertThat(permits.openCircuits()).isZero();
    assertThat(acquireAll(receiver)).isEqualTo(1);
  }

  private static QueueKey key(String receiver, String tenant) {
    return new QueueKey(receiver, tenant);
  }

  @Test
  void limitsAReceiverAndLeavesTheRestToOthers() {
    assertThat(acquireAll("a")).isEqualTo(PER_RECEIVER_MAX);
    assertThat(permits.hasPermit(key("b", ""))).isTrue();
    assertThat(acquireAll("b")).isEqualTo(MAX - PER_RECEIVER_MAX);
    assertThat(permits.hasPermit(key("c", ""))).isFalse();
    assertThat(permits.free()).isZero();
    assertThat(permits.taken()).isEqualTo(MAX);
  }

  @Test
  void grantsAReleasedPermitAgain() {
    acquireAll("a");
    acquireAll("b");
    release("a", 1);
    assertThat(permits.free()).isEqualTo(1);
    assertThat(permits.tryAcquire(key("b", ""))).isTrue();
    assertThat(permits.tryAcquire(key("a", ""))).isFalse();
    release("a", 2);
    release("b", 3);
    assertThat(permits.taken()).isZero();
    assertThat(acquireAll("a")).isEqualTo(PER_RECEIVER_MAX);
  }

  @Test
  void aReceiverThatHasRespondedCountsForTheOtherLimits() {
    acquireAll("a");
    permits.responded(key("a", ""));
    assertThat(permits.free()).isEqualTo(MAX - PER_RECEIVER_MAX);
    assertThat(permits.tryAcquire(key("a", ""))).isTrue();
    assertThat(permits.tryAcquire(key("a", ""))).isFalse();
    permits.settled(key("a", ""));
    assertThat(permits.tryAcquire(key("a", ""))).isFalse();
    release("a", PER_RECEIVER_MAX);
    assertThat(permits.taken()).isZero();
  }

  @Test
  void occasionalFailuresDoNotOpenTheCircuit() {
    for (int each = 0; each < 20; each++) {
      fail("a", ReceiverPermits.FAILURES_MAX - 1);
      permits.succeeded("a");
    }
    assertThat(acquireAll("a")).isEqualTo(PER_RECEIVER_MAX);
    release("a", PER_RECEIVER_MAX);
    fail("a", ReceiverPermits.FAILURES_MAX - 1);
    assertThat(permits.openCircuits()).isZero();
    assertThat(acquireAll("a")).as("until it succeeds again").isEqualTo(1);
  }

  @Test
  void anUnprovenReceiverHasOnePermit() {
    assertThat(acquireAll("new")).isEqualTo(1);
    permits.succeeded("new");
    release("new", 1);
    assertThat(acquireAll("new")).isEqualTo(PER_RECEIVER_MAX);
  }

  @Test
  void limitsTheReceiversOfOneTenant() {
    var tight = new ReceiverPermits(MAX, 2, PER_RECEIVER_MAX, now::get);
    assertThat(tight.tryAcquire(key("x", "acme"))).isTrue();
    assertThat(tight.tryAcquire(key("y", "acme"))).isTrue();
    assertThat(tight.tryAcquire(key("z", "acme"))).isFalse();
    assertThat(tight.tryAcquire(key("x2", "globex"))).isTrue();
    tight.release(key("y", "acme"));
    assertThat(tight.tryAcquire(key("z", "acme"))).isTrue();
  }

  @Test
  void concurrentFailuresCountOnce() {
    var started = now.get();
    for (int each = 0; each < 8; each++) {
      advance(Duration.ofMillis(1));
      permits.failed("a", started);
    }
    assertThat(permits.openCircuits()).isZero();
    fail("a", ReceiverPermits.FAILURES_MAX - 1);
    assertOpenFor("a", Duration.ofSeconds(10));
  }

  @Test
  void fiveFailuresInARowOpenOnlyThatCircuit() {
    fail("b", ReceiverPermits.FAILURES_MAX - 1);
    fail("a", 5);
    assertThat(permits.openCircuits()).isEqualTo(1);
    assertThat(permits.tryAcquire(key("a", ""))).isFalse();
    assertThat(permits.taken()).isZero();
    assertThat(acquireAll("b")).isEqualTo(1);
    assertThat(acquireAll("c")).isEqualTo(PER_RECEIVER_MAX);
  }

  @Test
  void furtherFailuresDoubleTheOpenTimeUpToFiveMinutes() {
    fail("a", 5);
    for (int seconds : new int[] {10, 20, 40, 80, 160, 300, 300, 300}) {
      assertOpenFor("a", Duration.ofSeconds(seconds));
      permits.failed("a", now.get());
      release("a", 1);
    }
  }

  @Test
  void theOpenTimeIsBoundedAfterAThousandFailures() {
    fail("a", 1_000);
    assertOpenFor("a", Duration.ofMinutes(5));
  }

  @Test
  void aHalfOpenCircuitAllowsOneAttemptUntilASuccess() {
    fail("a", 5);
    assertOpenFor("a", Duration.ofSeconds(10));
    release("a", 1);
    assertThat(acquireAll("a")).as("no attempt in between").isEqualTo(1);

    permits.succeeded("a");
    release("a", 1);
    assertThat(acquireAll("a")).isEqualTo(PER_RECEIVER_MAX);
    fail("a", ReceiverPermits.FAILURES_MAX - 1);
    assertThat(permits.openCircuits()).as("counted from 0 again").isZero();
    permits.failed("a", now.get());
    release("a", PER_RECEIVER_MAX);
    assertOpenFor("a", Duration.ofSeconds(10));
  }

  @Test
  void reportsWhenACircuitOpensAndCloses() {
    fail("a", ReceiverPermits.FAILURES_MAX - 1);
    assertThat(permits.failed("a", now.get())).isTrue();
    assertThat(permits.failed("a", now.get())).as("open already").isFalse();
    assertThat(permits.succeeded("a")).isTrue();
    assertThat(permits.succeeded("a")).as("closed already").isFalse();
    assertThat(permits.failed("a", now.get())).as("one failure").isFalse();
    assertThat(permits.succeeded("a")).as("was not open").isFalse();
  }

  @Test
  void prunesOldFailures() {
    fail("a", 8);
    advance(Duration.ofHours(1));
    permits.pruneOldFailures();
    permits.failed("a", now.get());
    assertThat(permits.openCircuits()).as("within an hour").isEqualTo(1);
    advance(Duration.ofHours(1).plusMillis(1));
    permits.pruneOldFailures();
    permits.failed("a", now.get());
    assertThat(permits.openCircuits()).as("counted from 0 again").isZero();
  }

  @Test
  void neverExceedsItsLimitsUnderConcurrency() throws Exception {
    var ofOne = new AtomicInteger();
    var most = new AtomicInteger();
    var mostOfOne = new AtomicInteger();
    try (var threads = Executors.newFixedThreadPool(8)) {
      var users = new ArrayList<Future<?>>();
      for (int thread = 0; thread < 8; thread++) {
        var receiver = thread % 2 == 0 ? "one" : "other " + thread;
        users.add(
            threads.submit(() -> {
              for (int each = 0; each < 5_000; each++) {
                if (permits.tryAcquire(key(receiver, ""))) {
                  most.accumulateAndGet(permits.taken(), Math::max);
                  if (receiver.equals("one")) {
                    mostOfOne.accumulateAndGet(ofOne.incrementAndGet(), Math::max);
                    ofOne.decrementAndGet();
                  }
                  permits.release(key(receiver, ""));
                }
              }
            }));
      }
      for (var user : users) {
        user.get();
      }
    }
    assertThat(most.get()).isBetween(1, MAX);
    assertThat(mostOfOne.get()).isBetween(1, PER_RECEIVER_MAX);
    assertThat(permits.taken()).isZero();
  }
}
