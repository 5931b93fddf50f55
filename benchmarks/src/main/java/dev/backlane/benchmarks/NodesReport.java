package dev.backlane.benchmarks;

import static dev.backlane.benchmarks.report.Numbers.fine;
import static dev.backlane.benchmarks.report.Numbers.mebibytes;
import static dev.backlane.benchmarks.report.Numbers.whole;

import dev.backlane.benchmarks.Nodes.Measured;
import dev.backlane.benchmarks.database.StatementTimes;
import dev.backlane.benchmarks.report.MarkdownTable;
import dev.backlane.benchmarks.report.Numbers;
import java.time.Duration;
import java.util.List;
import java.util.function.ToDoubleFunction;

/// Formats the measurements of [Nodes]. Stateless.
final class NodesReport {
  private static final int STATEMENTS_MAX = 10;

  private NodesReport() {}

  /// A line with the throughput of one arrangement in one round.
  static String line(Measured one) {
    return "%s: accepts %s/s, end to end %s/s"
        .formatted(name(one.nodes()), whole(one.acceptsPerSecond()), whole(one.endsPerSecond()));
  }

  private static String name(int nodes) {
    return nodes == 0
        ? "embedded store, 1 gateway"
        : "PostgreSQL, %d node%s".formatted(nodes, nodes == 1 ? "" : "s");
  }

  /// Two tables of medians: the throughput of each arrangement with its ratio to the embedded
  /// store, and the cost of an operation.
  static String of(List<Measured> measured, IdleCost idle, Duration time) {
    var arrangements = measured.stream().map(Measured::nodes).distinct().toList();
    double accepts = median(measured, 0, Measured::acceptsPerSecond);
    double ends = median(measured, 0, Measured::endsPerSecond);
    var speed =
        new MarkdownTable(
            "store", "accepts/s", "ratio to embedded", "end to end/s", "ratio to embedded");
    var cost =
        new MarkdownTable(
            "one operation end to end",
            "statements",
            "WAL bytes",
            "WAL fsyncs",
            "CPU of the database",
            "CPU of the gateways",
            "CPU of load and upstream",
            "hot tables after it");
    for (int nodes : arrangements) {
      double accepted = median(measured, nodes, Measured::acceptsPerSecond);
      double ended = median(measured, nodes, Measured::endsPerSecond);
      speed.row(
          name(nodes), whole(accepted), fine(accepted / accepts), whole(ended), fine(ended / ends));
      cost.row(
          name(nodes),
          database(nodes, fine(median(measured, nodes, one -> one.cost().statements()))),
          database(nodes, whole(median(measured, nodes, one -> one.cost().walBytes()))),
          database(nodes, fine(median(measured, nodes, one -> one.cost().walSyncs()))),
          database(nodes, micros(median(measured, nodes, one -> one.cost().databaseMicros()))),
          micros(median(measured, nodes, one -> one.cost().gatewayMicros())),
          micros(median(measured, nodes, one -> one.cost().loadMicros())),
          database(
              nodes, mebibytes((long) median(measured, nodes, one -> (double) one.hotBytes()))));
    }
    return """

    Medians of %d, %d s per measurement, %d B bodies, %d connections, %d processors, Java %s

    %s

    %s

    An idle node: %s statements, %s B of WAL and %s ms of the database's CPU a second.
    """
        .formatted(
            measured.size() / arrangements.size(),
            time.toSeconds(),
            Gateways.BODY_BYTES,
            Gateways.CONNECTIONS,
            Runtime.getRuntime().availableProcessors(),
            Runtime.version(),
            speed,
            cost,
            fine(idle.statementsPerSecond()),
            whole(idle.walBytesPerSecond()),
            fine(idle.cpuMillisPerSecond()));
  }

  /// The statements with the largest total time.
  static String statements(StatementTimes times, long operations) {
    var table = new MarkdownTable("statement", "per operation", "mean in µs");
    for (var each : times.mostExpensiveFirst(1).stream().limit(STATEMENTS_MAX).toList()) {
      table.row(
          StatementTimes.name(each.getKey()),
          fine((double) each.getValue().calls() / operations),
          fine(each.getValue().meanMicros()));
    }
    return table.toString();
  }

  private static String micros(double micros) {
    return whole(micros) + " µs";
  }

  private static String database(int nodes, String value) {
    return nodes == 0 ? "" : value;
  }

  private static double median(
      List<Measured> measured, int nodes, ToDoubleFunction<Measured> value) {
    return Numbers.median(
        measured.stream()
            .filter(one -> one.nodes() == nodes)
            .map(one -> value.applyAsDouble(one))
            .toList());
  }
}
