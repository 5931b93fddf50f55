package dev.backlane.benchmarks.history;

import static dev.backlane.benchmarks.report.Numbers.mebibytes;
import static dev.backlane.benchmarks.report.Numbers.whole;

import dev.backlane.benchmarks.database.DatabaseMeter;
import dev.backlane.benchmarks.database.StoredDatabase;
import dev.backlane.benchmarks.report.MarkdownTable;
import dev.backlane.engine.store.expiry.RetentionStep;
import dev.backlane.postgres.testkit.PostgresServer;
import dev.backlane.postgres.testkit.PostgresVersion;
import dev.backlane.store.testkit.SettableClock;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.stream.IntStream;

/// Measures how long it takes to prune operations that are all past their retention, and what
/// remains in the database. Not thread-safe.
public final class Expiry {
  /// The numbers of partitions across which the operations are spread.
  private static final int[] LAYOUTS = {1, 24};

  private static final Map<String, String> SETTINGS =
      Map.of("max_wal_size", "16GB", "pg_stat_statements.track_planning", "on");

  private final int operations;

  /// @param operations the number of operations to prune
  public Expiry(int operations) {
    this.operations = operations;
  }

  public void run() throws SQLException {
    var time =
        new MarkdownTable(
            "partitions",
            "pruned",
            "statements take",
            "CPU of the database",
            "wall time",
            "deliveries: statements take",
            "CPU of the database",
            "wall time");
    var space =
        new MarkdownTable(
            "partitions",
            "tables with indexes: before",
            "filled",
            "after",
            "relations: before",
            "filled",
            "after",
            "dead rows");
    try (var server = PostgresServer.start(PostgresVersion.NEWEST, SETTINGS)) {
      for (int partitions : LAYOUTS) {
        measure(server, partitions, time, space);
      }
    }
    System.out.printf("%n%s%n%n%s%n", time, space);
  }

  private record Size(long bytes, long relations) {
    static Size of(DatabaseMeter meter) throws SQLException {
      return new Size(meter.bytes(), meter.relations());
    }
  }

  private void measure(
      PostgresServer server, int partitions, MarkdownTable time, MarkdownTable space)
      throws SQLException {
    var database = StoredDatabase.create(server, "expiry_" + partitions);
    var midnight = Instant.now().truncatedTo(ChronoUnit.DAYS);
    var clock = new SettableClock(midnight);
    database.open(clock).close();
    try (var meter = new DatabaseMeter(server, database.name())) {
      var before = Size.of(meter);
      var hours =
          IntStream.rangeClosed(-partitions, -1)
              .mapToObj(hour -> midnight.plus(Duration.ofHours(hour)))
              .toList();
      new History(database).fill(operations, hours, midnight);
      database.settle();
      var filled = Size.of(meter);
      long ended = meter.number("SELECT count(*) FROM outcome");
      try (var store = database.open(clock)) {
        var step = new RetentionStep(Duration.ofSeconds(1), Duration.ofDays(1), midnight);
        var operationsTook = Took.by(meter, () -> store.operations().prune(step));
        var deliveriesTook = Took.by(meter, () -> store.deliveries().prune(step));
        time.row(
            whole(partitions),
            whole(ended - meter.number("SELECT count(*) FROM outcome")),
            millis(operationsTook.statements),
            millis(operationsTook.cpu),
            millis(operationsTook.wall),
            millis(deliveriesTook.statements),
            millis(deliveriesTook.cpu),
            millis(deliveriesTook.wall));
      }
      var after = Size.of(meter);
      space.row(
          whole(partitions),
          mebibytes(before.bytes),
          mebibytes(filled.bytes),
          mebibytes(after.bytes),
          whole(before.relations),
          whole(filled.relations),
          whole(after.relations),
          whole(meter.deadRows()));
    }
    server.dropDatabase(database.name());
  }

  private static String millis(double millis) {
    return whole(millis) + " ms";
  }

  /// The duration of one prune, in milliseconds.
  ///
  /// @param statements the time of the statements without the commits, which remove the files
  /// @param cpu the CPU time of all processes of the database
  private record Took(double statements, double cpu, double wall) {
    static Took by(DatabaseMeter meter, Runnable work) throws SQLException {
      meter.resetStatements();
      var cpuBefore = meter.read().cpu();
      long start = System.nanoTime();
      work.run();
      double wall = (System.nanoTime() - start) / 1e6;
      double cpu = meter.read().cpu().minus(cpuBefore).toMillis();
      return new Took(meter.statements().totalMillis(), cpu, wall);
    }
  }
}
