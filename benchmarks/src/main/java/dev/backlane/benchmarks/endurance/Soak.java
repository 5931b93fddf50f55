package dev.backlane.benchmarks.endurance;

import static dev.backlane.benchmarks.report.Numbers.fine;
import static dev.backlane.benchmarks.report.Numbers.mebibytes;
import static dev.backlane.benchmarks.report.Numbers.micros;
import static dev.backlane.benchmarks.report.Numbers.whole;

import dev.backlane.benchmarks.Gateways;
import dev.backlane.benchmarks.database.DatabaseMeter;
import dev.backlane.benchmarks.load.InstantUpstream;
import dev.backlane.benchmarks.load.Load;
import dev.backlane.benchmarks.report.MarkdownTable;
import dev.backlane.postgres.testkit.PostgresServer;
import dev.backlane.postgres.testkit.PostgresVersion;
import java.io.IOException;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;

/// Loads a node on PostgreSQL for a long time, and shows each minute whether anything grows: the
/// cost of an operation, the dead rows, the hot tables. Not thread-safe.
public final class Soak {
  private static final String DATABASE = "soak";
  private static final int CONNECTIONS = 64;
  private static final Duration STEP = Duration.ofMinutes(1);

  private final Gateways gateways;
  private final int minutes;

  /// @param minutes the duration
  public Soak(Gateways gateways, int minutes) {
    this.gateways = gateways;
    this.minutes = minutes;
  }

  /// Prints a row each minute.
  public void run() throws IOException, InterruptedException, SQLException {
    try (var server = PostgresServer.start(PostgresVersion.NEWEST)) {
      server.createDatabase(DATABASE);
      try (var upstream = InstantUpstream.responding();
          var gateway =
              gateways.node(
                  server.url(DATABASE),
                  server.user(),
                  server.password(),
                  upstream.port(),
                  Gateways.WORKERS);
          var meter = new DatabaseMeter(server, DATABASE)) {
        var load = new Load(List.of(gateway.port()), CONNECTIONS, Gateways.WAITING_AND_READING);
        var table =
            new MarkdownTable(
                "minute",
                "operations a second",
                "CPU of the database in µs",
                "of the gateway",
                "dead rows",
                "hot tables with indexes",
                "gateway's memory");
        for (int minute = 1; minute <= minutes; minute++) {
          var database = meter.read().cpu();
          var own = gateway.cpu();
          var result = load.during(STEP);
          table.row(
              whole(minute),
              whole(result.perSecond()),
              fine(micros(meter.read().cpu().minus(database), result.exchanges())),
              fine(micros(gateway.cpu().minus(own), result.exchanges())),
              whole(meter.deadRows()),
              mebibytes(meter.hotBytes()),
              mebibytes(gateway.rssBytes()));
          System.err.println("minute " + minute + " of " + minutes);
        }
        System.out.println(table);
      }
    }
  }
}
