package dev.backlane.engine.time;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.backlane.engine.background.ScriptedThreads;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class SteadyClockTest {
  private static final Instant START = Instant.parse("2026-01-01T00:00:00Z");
  private static final Duration SECOND = Duration.ofSeconds(1);

  private final ScriptedThreads threads = new ScriptedThreads(0);
  private Duration offset = Duration.ZERO;
  private final InstantSource wall = () -> START.plusNanos(threads.nanoTime()).plus(offset);
  private final SteadyClock clock = SteadyClock.notBefore(START, wall, threads);
  private Instant last = START;

  private void pass(Duration time) {
    for (int second = 0; second < time.toSeconds(); second++) {
      threads.advance(SECOND);
      assertThat(clock.instant()).isAfter(last);
      last = clock.instant();
    }
  }

  private Duration ahead() {
    return Duration.between(START.plusNanos(threads.nanoTime()), clock.instant());
  }

  @Test
  void advancesWithTheMonotonicTime() {
    pass(Duration.ofHours(1));
    assertThat(ahead()).isZero();
  }

  @ParameterizedTest
  @ValueSource(longs = {-2, 30, 1_000_000})
  void doesNotFollowAJump(long hours) {
    pass(SECOND);
    offset = Duration.ofHours(hours);
    pass(Duration.ofMinutes(1));
    assertThat(ahead().abs()).isBetween(Duration.ofSeconds(1), Duration.ofSeconds(3));
    offset = Duration.ZERO;
    pass(Duration.ofMinutes(2));
    assertThat(ahead()).isZero();
  }

  @ParameterizedTest
  @ValueSource(longs = {-9_000, -20, 20, 9_000})
  void followsACorrectionWithoutGoingBack(long millis) {
    offset = Duration.ofMillis(millis);
    pass(Duration.ofMinutes(4));
    assertThat(clock.instant()).isCloseTo(wall.instant(), within(1, ChronoUnit.MILLIS));
  }

  @Test
  void startsNoEarlierThanTheLatestStoredTime() {
    var latest = START.plus(Duration.ofHours(2));
    var behind = SteadyClock.notBefore(latest, wall, threads);
    assertThat(behind.instant()).isEqualTo(latest);
    threads.advance(Duration.ofMinutes(1));
    assertThat(behind.instant()).isAfter(latest.plusSeconds(50));
  }

  @Test
  void startsAtTheWallClockAfterAnOutage() {
    assertThat(SteadyClock.notBefore(START.minus(Duration.ofDays(3)), wall, threads).instant())
        .isEqualTo(START);
  }
}
