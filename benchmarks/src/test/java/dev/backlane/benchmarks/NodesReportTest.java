package dev.backlane.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.benchmarks.Nodes.Measured;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class NodesReportTest {
  private static final NodeCost COST = new NodeCost(0.5, 4096, 0.1, 100, 200, 50);

  @Test
  void showsMediansAndTheirRatiosToTheEmbeddedStore() {
    var measured = new ArrayList<Measured>();
    for (double speed : List.of(1.0, 9.0, 2.0)) {
      measured.add(new Measured(0, 1_000 * speed, 500 * speed, COST, 0));
      measured.add(new Measured(1, 500 * speed, 125 * speed, COST, 3 << 20));
    }
    var idle = new IdleCost(new DatabaseMeter.Reading(60, 3_000, 0, Duration.ofMillis(150)), 30);
    assertThat(NodesReport.of(measured, idle, Duration.ofSeconds(6)))
        .contains("Medians of 3, 6 s per measurement")
        .contains("| embedded store, 1 gateway | 2,000 | 1.00 | 1,000 | 1.00 |")
        .contains("| PostgreSQL, 1 node | 1,000 | 0.50 | 250 | 0.25 |")
        .contains("| embedded store, 1 gateway |  |  |  |  | 200 µs | 50 µs |  |")
        .contains(
            "| PostgreSQL, 1 node | 0.50 | 4,096 | 0.10 | 100 µs | 200 µs | 50 µs | 3.0 MiB |")
        .contains("2.00 statements, 100 B of WAL and 5.00 ms of the database's CPU a second");
  }

  @Test
  void dividesTheCostByTheOperations() {
    var before = reading(100, 1_000, 10, 1_000, 5_000, 50);
    var after = reading(1_100, 9_000, 60, 3_000, 9_000, 1_050);
    assertThat(NodeCost.between(before, after, 1_000))
        .isEqualTo(new NodeCost(1, 8, 0.05, 2_000, 4_000, 1_000));
  }

  @Test
  void showsStatementsPerOperation() {
    var claim =
        new StatementTimes.Row("UPDATE turn t SET version = 1", new StatementTimes.Time(50, 10, 0));
    var commit = new StatementTimes.Row("COMMIT", new StatementTimes.Time(10, 1, 0));
    assertThat(NodesReport.statements(StatementTimes.of(List.of(commit, claim)), 100))
        .contains("| claim operations | 0.50 | 200.00 |\n| `COMMIT` | 0.10 | 100.00 |");
  }

  private static NodeCost.Reading reading(
      long statements, long wal, long syncs, long database, long gateways, long load) {
    return new NodeCost.Reading(
        new DatabaseMeter.Reading(statements, wal, syncs, Duration.ofMillis(database)),
        Duration.ofMillis(gateways),
        Duration.ofMillis(load));
  }
}
