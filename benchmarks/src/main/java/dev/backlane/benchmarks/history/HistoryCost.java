package dev.backlane.benchmarks.history;

import static dev.backlane.benchmarks.report.Numbers.fine;
import static dev.backlane.benchmarks.report.Numbers.mebibytes;
import static dev.backlane.benchmarks.report.Numbers.whole;

import dev.backlane.benchmarks.database.DatabaseMeter;
import dev.backlane.benchmarks.database.StatementTimes;
import dev.backlane.benchmarks.database.StoredDatabase;
import dev.backlane.benchmarks.report.MarkdownTable;
import dev.backlane.postgres.testkit.PostgresServer;
import dev.backlane.postgres.testkit.PostgresVersion;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;

/// Measures how much millions of ended operations slow down new ones. Two databases on one server
/// with the same partitions, one of them almost empty, process the same work in alternating slices.
/// Not thread-safe.
public final class HistoryCost {
  private static final int WARM_UP_ROUNDS = 40;
  private static final int ROUNDS = 300;
  private static final int HOURS = 24;
  private static final int SAMPLES_PER_HOUR = 20;

  /// Statements with fewer calls are not significant.
  private static final int CALLS_MIN = 100;

  /// Sessions report their scans at most once a second.
  private static final Duration STATISTICS_DELAY = Duration.ofSeconds(3);

  /// The same memory for both databases; no checkpoint during the measurement.
  private static final Map<String, String> SETTINGS =
      Map.of(
          "shared_buffers", "1GB",
          "max_wal_size", "16GB",
          "checkpoint_timeout", "1h",
          "pg_stat_statements.track_planning", "on");

  private final int operations;

  /// @param operations the number of operations of the history
  public HistoryCost(int operations) {
    this.operations = operations;
  }

  public void run() throws SQLException {
    // In the middle of an hour, and so of a partition.
    var start = Instant.now().truncatedTo(ChronoUnit.DAYS).minus(Duration.ofMinutes(690));
    var hours =
        IntStream.rangeClosed(1 - HOURS, 0)
            .mapToObj(hour -> start.truncatedTo(ChronoUnit.HOURS).plus(Duration.ofHours(hour)))
            .toList();
    try (var server = PostgresServer.start(PostgresVersion.NEWEST, SETTINGS)) {
      var empty = StoredDatabase.create(server, "without_history");
      var full = StoredDatabase.create(server, "with_history");
      var history = new History(full);
      new History(empty).begin(hours);
      var filled = history.fill(operations, hours, start);
      empty.settle();
      full.settle();
      var shift = Duration.between(start, Instant.now());
      InstantSource clock = () -> Instant.now().minus(shift);
      try (var emptyStore = empty.open(clock);
          var fullStore = full.open(clock);
          var emptyMeter = new DatabaseMeter(server, empty.name());
          var fullMeter = new DatabaseMeter(server, full.name())) {
        new HistoryCheck(history, fullStore).sample(filled, SAMPLES_PER_HOUR);
        System.out.printf(
            "filled: %s ended operations, %s; %d of them read through the store%n",
            whole(fullMeter.number("SELECT count(*) FROM outcome")),
            mebibytes(fullMeter.bytes()),
            HOURS * SAMPLES_PER_HOUR);
        var without = new StoreWork(emptyStore);
        var with = new StoreWork(fullStore);
        rounds(WARM_UP_ROUNDS, without, with);
        without.latencies().clear();
        with.latencies().clear();
        fullMeter.resetStatements();
        LockSupport.parkNanos(STATISTICS_DELAY.toNanos());
        long scans = fullMeter.historyScans();
        rounds(ROUNDS, without, with);
        LockSupport.parkNanos(STATISTICS_DELAY.toNanos());
        print(without.latencies(), with.latencies());
        print(emptyMeter.statements(), fullMeter.statements());
        System.out.printf(
            "%nSequential scans of history tables: %d. Hot tables with their indexes: %s without history, %s with it.%n",
            fullMeter.historyScans() - scans,
            mebibytes(emptyMeter.hotBytes()),
            mebibytes(fullMeter.hotBytes()));
      }
    }
  }

  /// Alternates in short slices, so that other load on the machine affects both; each is first in
  /// every other round.
  private static void rounds(int count, StoreWork without, StoreWork with) {
    for (int round = 0; round < count; round++) {
      (round % 2 == 0 ? without : with).round();
      (round % 2 == 0 ? with : without).round();
    }
  }

  private static void print(Latencies without, Latencies with) {
    var table =
        new MarkdownTable(
            "call",
            "without: mean, median, p99 in µs",
            "with history",
            "ratio of means",
            "of medians");
    for (var name : without.names()) {
      var before = without.summary(name);
      var after = with.summary(name);
      table.row(
          name,
          shown(before),
          shown(after),
          fine(after.mean() / before.mean()),
          fine(after.p50() / before.p50()));
    }
    System.out.printf("%n%s%n", table);
  }

  private static String shown(Latencies.Summary summary) {
    return String.join(" / ", whole(summary.mean()), whole(summary.p50()), whole(summary.p99()));
  }

  private static void print(StatementTimes without, StatementTimes with) {
    var table =
        new MarkdownTable(
            "statement",
            "calls",
            "mean without in µs",
            "with history",
            "ratio",
            "blocks without",
            "with history");
    with.mostExpensiveFirst(CALLS_MIN)
        .forEach(each -> {
          var after = each.getValue();
          var before = without.time(each.getKey(), CALLS_MIN);
          table.row(
              StatementTimes.name(each.getKey()),
              whole(after.calls()),
              before.map(time -> fine(time.meanMicros())).orElse(""),
              fine(after.meanMicros()),
              before.map(time -> fine(after.meanMicros() / time.meanMicros())).orElse(""),
              before.map(time -> fine(time.meanBlocks())).orElse(""),
              fine(after.meanBlocks()));
        });
    System.out.printf("%n%s%n", table);
  }
}
