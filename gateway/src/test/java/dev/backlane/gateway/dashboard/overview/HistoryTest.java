package dev.backlane.gateway.dashboard.overview;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.engine.background.Threads;
import dev.backlane.gateway.telemetry.Activity;
import dev.backlane.store.testkit.SettableClock;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

/// The rates of the last hour.
final class HistoryTest {
  private static final Instant NOW = Instant.parse("2026-11-24T10:00:00Z");

  private final SettableClock clock = new SettableClock(NOW);
  private final AtomicLong accepted = new AtomicLong();
  private final History history =
      new History(
          () -> new History.Reading(accepted.get(), 0, 0, 0, 7, 0),
          this::activity,
          clock,
          Threads.VIRTUAL,
          () -> true);

  private Activity activity() {
    return new Activity(
        Map.of(), Map.of("nordlys", new Activity.OfTenant(accepted.get(), 0, 0, 0)), Map.of());
  }

  private void readAfter(Duration wait, long more) {
    clock.set(clock.instant().plus(wait));
    accepted.addAndGet(more);
    history.read();
  }

  @Test
  void hasNoRatesBeforeTheSecondReading() {
    assertThat(history.rates()).isEmpty();
    assertThat(history.last(Duration.ofHours(1)).accepted()).isZero();
    history.read();
    assertThat(history.rates()).isEmpty();
  }

  @Test
  void convertsCountsToRatesPerMinute() {
    history.read();
    readAfter(Duration.ofSeconds(10), 5);
    readAfter(Duration.ofSeconds(20), 5);

    assertThat(history.rates()).extracting(History.Rate::accepted).containsExactly(30.0, 15.0);
    assertThat(history.rates().getLast().time()).isEqualTo(NOW.plusSeconds(30));
    assertThat(history.rates().getLast().queued()).isEqualTo(7);
  }

  @Test
  void countsWhatHappenedWithinAPeriod() {
    history.read();
    readAfter(Duration.ofMinutes(10), 100);
    readAfter(Duration.ofMinutes(10), 1);
    readAfter(Duration.ofMinutes(10), 2);

    assertThat(history.last(Duration.ofMinutes(20)).accepted()).isEqualTo(3);
    assertThat(history.last(Duration.ofHours(1)).accepted()).isEqualTo(103);
    assertThat(history.last(Duration.ofMinutes(1)).accepted()).isZero();
  }

  @Test
  void dropsTheOldestReadingsBeyondAnHour() {
    for (int i = 0; i < History.READINGS_MAX + 50; i++) {
      readAfter(History.INTERVAL, 1);
    }

    assertThat(history.rates()).hasSize(History.READINGS_MAX - 1);
    assertThat(history.rates().getFirst().accepted()).isEqualTo(6.0);
  }

  private long acceptedOf(String tenant, Duration period) {
    return Optional.ofNullable(history.activity(period).tenants().get(tenant))
        .map(Activity.OfTenant::accepted)
        .orElse(0L);
  }

  @Test
  void hasNoActivityBeforeTheFirstReading() {
    accepted.set(5);

    assertThat(history.activity(Duration.ofHours(1))).isEqualTo(Activity.NONE);
  }

  @Test
  void showsTheActivityOfAPeriodUntilNow() {
    accepted.set(5);
    history.read();
    readAfter(Duration.ofMinutes(30), 100);
    readAfter(Duration.ofMinutes(20), 10);
    accepted.addAndGet(1);

    assertThat(acceptedOf("nordlys", Duration.ofHours(1))).isEqualTo(111);
    assertThat(acceptedOf("nordlys", Duration.ofMinutes(25))).isEqualTo(11);
    assertThat(acceptedOf("nordlys", Duration.ofMinutes(10))).isEqualTo(1);
  }

  @Test
  void readsTheActivityLessOftenThanTheCounters() {
    for (int i = 0; i < 2 * History.READINGS_MAX; i++) {
      readAfter(History.INTERVAL, 1);
    }

    // Two hours of readings: the last hour begins with one of each five minutes.
    assertThat(acceptedOf("nordlys", Duration.ofHours(1))).isBetween(330L, 360L);
    assertThat(acceptedOf("nordlys", Duration.ofHours(2))).isBetween(360L, 390L);
  }
}
