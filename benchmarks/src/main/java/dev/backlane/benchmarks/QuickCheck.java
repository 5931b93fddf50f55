package dev.backlane.benchmarks;

import static dev.backlane.benchmarks.report.Numbers.fine;

import dev.backlane.benchmarks.report.MarkdownTable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/// Compares what an exchange costs with what was recorded for this version. The result is a report;
/// only [#FAIL_AT] times the recorded cost or more fails, and only if it was measured [#TRIES]
/// times, because machines are noisy. Not thread-safe.
final class QuickCheck {
  /// The factor above the recorded cost from which a scenario fails.
  static final double FAIL_AT = 2;

  /// How often a cost is measured that would fail.
  static final int TRIES = 3;

  /// Measures the CPU time of one exchange in microseconds.
  @FunctionalInterface
  interface Measurement {
    double micros(Scenario scenario) throws IOException, InterruptedException;
  }

  /// What an exchange costs, as multiples of the HTTP server alone.
  ///
  /// @param measured the lowest of the measurements
  record Cost(Scenario scenario, double measured, double recorded) {
    double factor() {
      return measured / recorded;
    }

    boolean passed() {
      return factor() < FAIL_AT;
    }
  }

  private final RecordedCosts recorded;

  QuickCheck(RecordedCosts recorded) {
    this.recorded = recorded;
  }

  /// @param first what was measured already
  /// @param again measures once more
  List<Cost> costs(Measurement first, Measurement again) throws IOException, InterruptedException {
    var costs = new ArrayList<Cost>();
    for (var scenario : recorded.scenarios()) {
      var cost = cost(scenario, first);
      for (int tries = 1; tries < TRIES && !cost.passed(); tries++) {
        var other = cost(scenario, again);
        cost = other.measured < cost.measured ? other : cost;
      }
      costs.add(cost);
    }
    return costs;
  }

  private Cost cost(Scenario scenario, Measurement measurement)
      throws IOException, InterruptedException {
    double multiple = measurement.micros(scenario) / measurement.micros(Scenario.BARE);
    return new Cost(scenario, multiple, recorded.multiple(scenario));
  }

  /// The costs as text, with the result as its last line.
  static String report(List<Cost> costs) {
    var table =
        new MarkdownTable(
            "measured", "CPU, as a multiple of the HTTP server alone", "recorded", "factor");
    for (var cost : costs) {
      table.row(
          cost.scenario.title(), fine(cost.measured), fine(cost.recorded), fine(cost.factor()));
    }
    var result =
        costs.stream().allMatch(Cost::passed)
            ? "Passed: each cost is below %s times the recorded one."
            : "Failed: a cost was at least %s times the recorded one in each of %d measurements.";
    return table + "\n\n" + result.formatted(fine(FAIL_AT), TRIES);
  }
}
