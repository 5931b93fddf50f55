package dev.backlane.benchmarks;

import static dev.backlane.benchmarks.report.Numbers.fine;
import static dev.backlane.benchmarks.report.Numbers.mebibytes;
import static dev.backlane.benchmarks.report.Numbers.whole;

import dev.backlane.benchmarks.Scenario.Measured;
import dev.backlane.benchmarks.report.MarkdownTable;
import dev.backlane.benchmarks.report.Numbers;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;

/// Measures scenarios in interleaved rounds: the rate of each with its ratio to what bounds it on
/// this machine, and what one exchange costs. Rates depend on the machine and on what else it does;
/// CPU time for each exchange depends less, ratios of one run least. Not thread-safe.
final class Costs {
  private final Scenario.Bench bench;
  private final Map<Scenario, List<Measured>> measured = new EnumMap<>(Scenario.class);

  Costs(Scenario.Bench bench) {
    this.bench = bench;
  }

  /// Measures the scenarios in each of the rounds, and prints the medians.
  void run(List<Scenario> scenarios, int rounds) throws IOException, InterruptedException {
    for (int round = 1; round <= rounds; round++) {
      for (var scenario : scenarios) {
        var one = scenario.measure(bench);
        System.out.printf(
            Locale.ROOT,
            "round %d: %s: %s/s, %s µs of CPU%n",
            round,
            scenario.title(),
            whole(one.perSecond()),
            fine(one.micros()));
        measured.computeIfAbsent(scenario, _ -> new ArrayList<>()).add(one);
      }
    }
    System.out.printf(
        Locale.ROOT,
        "%nMedian of %d, %d B bodies, %d connections unless another number is given, %d processors, Java %s%n%n%s%n",
        rounds,
        Gateways.BODY_BYTES,
        Gateways.CONNECTIONS,
        Runtime.getRuntime().availableProcessors(),
        Runtime.version(),
        table());
  }

  /// The CPU time of all processes for one exchange, in microseconds: the median of the rounds.
  double micros(Scenario scenario) {
    return median(scenario, Measured::micros);
  }

  private MarkdownTable table() {
    var table =
        new MarkdownTable(
            "measured",
            "per second",
            "ratio to its ceiling",
            "CPU in µs: all",
            "server",
            "load and upstream",
            "context switches",
            "bytes written",
            "RSS");
    for (var scenario : measured.keySet()) {
      boolean bounded = scenario.ceiling() != scenario && measured.containsKey(scenario.ceiling());
      table.row(
          scenario.title(),
          whole(median(scenario, Measured::perSecond)),
          bounded ? fine(ratioToCeiling(scenario)) : "",
          fine(micros(scenario)),
          fine(median(scenario, Measured::serverMicros)),
          fine(median(scenario, Measured::loadMicros)),
          fine(median(scenario, Measured::switches)),
          whole(median(scenario, Measured::bytesWritten)),
          mebibytes((long) median(scenario, Measured::rssBytes)));
    }
    return table;
  }

  // The median of the rounds' own ratios: two measurements of one round are close in time, so that
  // a machine that slows down in between changes the ratio less than the medians of the rates.
  private double ratioToCeiling(Scenario scenario) {
    var rates = measured.getOrDefault(scenario, List.of());
    var ceilings = measured.getOrDefault(scenario.ceiling(), List.of());
    return Numbers.median(
        IntStream.range(0, rates.size())
            .mapToObj(round -> rates.get(round).perSecond() / ceilings.get(round).perSecond())
            .toList());
  }

  private double median(Scenario scenario, ToDoubleFunction<Measured> value) {
    return Numbers.median(
        measured.getOrDefault(scenario, List.of()).stream().map(value::applyAsDouble).toList());
  }
}
