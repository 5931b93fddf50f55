package dev.backlane.engine.execution.permits;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

final class ConcurrencyLimitTest {
  private static final Duration TARGET = Duration.ofSeconds(1);
  private static final long MILLI = 1_000_000;
  private static final long SECOND = TARGET.toNanos();

  /// Near its overflow, which the clock may pass at any time.
  private static final long START = Long.MAX_VALUE - SECOND / 2;

  private int max = 9;
  private final ConcurrencyLimit limit = new ConcurrencyLimit(() -> Concurrency.of(max));
  private long now = START;

  private void ended(boolean refused, int inFlight) {
    long started = now + MILLI;
    now += SECOND;
    limit.ended(started, now, refused, inFlight);
  }

  @Test
  void startsAtItsMaximum() {
    assertThat(limit.current()).isEqualTo(9);
  }

  @Test
  void dropsByAThirdAfterARefusal() {
    ended(true, 9);
    assertThat(limit.current()).isEqualTo(6);
    ended(true, 6);
    assertThat(limit.current()).isEqualTo(4);
  }

  @Test
  void dropsOncePerRoundOfAttempts() {
    long together = now;
    now += SECOND;
    for (int each = 0; each < 9; each++) {
      limit.ended(together, now, true, 9);
    }
    assertThat(limit.current()).isEqualTo(6);
  }

  @Test
  void ignoresAttemptsFromBeforeTheDecrease() {
    ended(true, 9);
    limit.ended(now, now + SECOND, true, 6);
    assertThat(limit.current()).isEqualTo(6);
    limit.ended(now + 1, now + SECOND, true, 6);
    assertThat(limit.current()).isEqualTo(4);
  }

  @Test
  void followsAChangeOfItsMaximum() {
    ended(true, 9);
    max = 3;
    assertThat(limit.current()).isEqualTo(3);
    ended(true, 3);
    assertThat(limit.current()).isEqualTo(2);
    max = 12;
    for (int each = 0; each < 200; each++) {
      ended(false, limit.current());
    }
    assertThat(limit.current()).isEqualTo(12);
  }

  @Test
  void isNeverLessThanOne() {
    for (int each = 0; each < 100; each++) {
      ended(true, 1);
    }
    assertThat(limit.current()).isEqualTo(1);
  }

  @Test
  void growsByOnePerRoundWithoutOverload() {
    ended(true, 9);
    for (int each = 0; each < 6; each++) {
      assertThat(limit.current()).isEqualTo(6);
      ended(false, 6);
    }
    // One more attempt is needed, since each attempt counted against a limit that had already
    // grown.
    ended(false, 6);
    assertThat(limit.current()).isEqualTo(7);
  }

  @Test
  void growsUpToItsMaximum() {
    for (int each = 0; each < 20; each++) {
      ended(true, 1);
    }
    int rounds = 0;
    while (limit.current() < 9 && rounds < 1_000) {
      ended(false, limit.current());
      rounds++;
    }
    assertThat(limit.current()).isEqualTo(9);
    for (int each = 0; each < 100; each++) {
      ended(false, 9);
    }
    assertThat(limit.current()).isEqualTo(9);
  }

  @Test
  void doesNotGrowUnlessReached() {
    ended(true, 9);
    for (int each = 0; each < 100; each++) {
      ended(false, 5);
    }
    assertThat(limit.current()).isEqualTo(6);
  }

  @Test
  void slowAttemptsCountOnlyWithALatencyTarget() {
    var watching = new ConcurrencyLimit(() -> new Concurrency(9, 0, false, TARGET));
    watching.ended(START, START + SECOND, false, 9);
    assertThat(watching.current()).as("just in time").isEqualTo(9);
    watching.ended(START, START + SECOND + 1, false, 9);
    assertThat(watching.current()).as("too long").isEqualTo(6);

    limit.ended(START, START + Duration.ofHours(4).toNanos(), false, 9);
    assertThat(limit.current()).as("without a target").isEqualTo(9);
  }

  @Test
  void staysWithinItsBoundsUnderConcurrentReports() throws Exception {
    try (var threads = Executors.newFixedThreadPool(8)) {
      var reports = new ArrayList<Future<Boolean>>();
      for (int thread = 0; thread < 8; thread++) {
        int step = thread;
        reports.add(
            threads.submit(() -> {
              boolean within = true;
              for (int each = 0; each < 10_000; each++) {
                long started = START + each * MILLI;
                boolean refused = (each + step) % 7 == 0;
                limit.ended(started, started + SECOND, refused, 9);
                int seen = limit.current();
                within &= seen >= 1 && seen <= 9;
              }
              return within;
            }));
      }
      for (var report : reports) {
        assertThat(report.get()).isTrue();
      }
    }
  }
}
