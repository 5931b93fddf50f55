package dev.backlane.benchmarks.history;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.backlane.benchmarks.database.DatabaseMeter;
import dev.backlane.benchmarks.database.StatementTimes;
import dev.backlane.benchmarks.database.StoredDatabase;
import dev.backlane.benchmarks.history.History.Hour;
import dev.backlane.engine.store.expiry.RetentionStep;
import dev.backlane.postgres.testkit.PostgresServer;
import dev.backlane.postgres.testkit.PostgresVersion;
import dev.backlane.store.testkit.SettableClock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// Generated rows are equal to those of the store, and are pruned like them.
@Timeout(60)
final class HistoryTest {
  private static final Instant FIRST = Instant.parse("2026-03-01T22:00:00Z");
  private static final Duration HOUR = Duration.ofHours(1);
  private static final Instant NOW = Instant.parse("2026-03-01T23:40:00Z");

  /// Enough for the database to use indexes.
  private static final int OPERATIONS = 24_000;

  /// A few index levels for each of two days, and their rows.
  private static final int BLOCKS_MAX = 40;

  @ParameterizedTest
  @EnumSource
  void readsGeneratedRowsWithoutScanningTheHistory(PostgresVersion version) throws Exception {
    try (var server = PostgresServer.start(version)) {
      var database = StoredDatabase.create(server, "filled");
      var history = new History(database);
      var hours = history.fill(OPERATIONS, List.of(FIRST, FIRST.plus(HOUR)), NOW);
      assertThat(hours).extracting(Hour::until).containsExactly(FIRST.plus(HOUR), NOW);
      try (var meter = new DatabaseMeter(server, database.name())) {
        for (var table : List.of("call", "outcome", "delivery_ended", "idempotency_key")) {
          assertThat(meter.number("SELECT count(*) FROM " + table))
              .as(table)
              .isEqualTo(OPERATIONS + 2L * Pattern.CALLERS.size());
        }
      }
      // The scans of a session are reported when it ends.
      var clock = new SettableClock(NOW);
      try (var store = database.open(clock);
          var meter = new DatabaseMeter(server, database.name())) {
        var check = new HistoryCheck(history, store);
        check.sample(hours, 25);
        // An operation that is read as another one shows that the check can fail.
        var shifted = new Hour(FIRST, FIRST.plus(HOUR), hours.getLast().suffix(), OPERATIONS / 2);
        assertThatThrownBy(() -> check.sample(List.of(shifted), 1))
            .isInstanceOf(IllegalStateException.class)
            .hasMessageContaining("no operation");
        database.settle();
        meter.resetStatements();
        long scans = meter.historyScans();
        new StoreWork(store).round();
        assertThat(meter.unfinished()).isZero();
        var blocks = blocks(meter.statements());
        for (var ofOneRow : List.of("accept: look for a key", "find")) {
          assertThat(blocks.get(ofOneRow)).as("%s of %s", ofOneRow, blocks).isLessThan(BLOCKS_MAX);
        }
        assertThat(meter.historyScans()).isEqualTo(scans);
        clock.set(FIRST.plus(Duration.ofDays(1)));
        var step = new RetentionStep(Duration.ofHours(1), Duration.ofHours(2), clock.instant());
        store.operations().prune(step);
        store.deliveries().prune(step);
        assertThat(meter.number("SELECT count(*) FROM call")).isZero();
        assertThat(meter.number("SELECT count(*) FROM delivery_ended")).isZero();
      }
    }
  }

  private static Map<String, Double> blocks(StatementTimes times) {
    return times.mostExpensiveFirst(1).stream()
        .collect(
            Collectors.toMap(
                each -> StatementTimes.name(each.getKey()),
                each -> each.getValue().meanBlocks(),
                Math::max));
  }
}
