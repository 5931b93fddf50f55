package dev.backlane.benchmarks;

import dev.backlane.benchmarks.endurance.Ended;
import dev.backlane.benchmarks.endurance.Soak;
import dev.backlane.benchmarks.history.Expiry;
import dev.backlane.benchmarks.history.HistoryCost;
import dev.backlane.benchmarks.peers.BesideNginx;
import dev.backlane.benchmarks.peers.BesideRestate;
import dev.backlane.benchmarks.search.SearchCost;
import dev.backlane.benchmarks.steps.StepCosts;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.logging.Level;
import java.util.logging.Logger;

/// Runs one benchmark. All of them print ratios of measurements of the same run on the same
/// machine, because absolute numbers of different machines are not comparable.
public final class Benchmark {
  private static final int EXIT_FAILED = 1;
  private static final int EXIT_USAGE = 2;

  /// Until a server is compiled by C2, as profiles showed.
  private static final Duration WARM_UP = Duration.ofSeconds(20);

  private static final long WARM_UP_EXCHANGES = 100_000;
  private static final Duration WARM_UP_MAX = Duration.ofSeconds(60);

  private static final Duration QUICK_TIME = Duration.ofSeconds(4);

  /// With C1 alone, a server is compiled after seconds, and costs about twice as much.
  private static final List<String> QUICK_OPTIONS = List.of("-XX:TieredStopAtLevel=1");

  private static final String USAGE =
      "usage: benchmark [costs] [SECONDS [ROUNDS]] | quick | steps | latency [SECONDS] | nodes [SECONDS [ROUNDS]] | history [OPERATIONS] | expiry [OPERATIONS]"
          + " | search [OPERATIONS] | capacity [OPERATIONS] | ended [OPERATIONS] | soak [MINUTES]"
          + " | nginx [SECONDS] | restate [OPERATIONS];"
          + " all numbers are whole numbers of at least 1";

  private static final String COSTS = "costs";

  /// The names of the benchmarks, with how many numbers each takes.
  private static final Map<String, Integer> NUMBERS_MAX =
      Map.ofEntries(
          Map.entry(COSTS, 2),
          Map.entry("quick", 0),
          Map.entry("steps", 0),
          Map.entry("latency", 1),
          Map.entry("nodes", 2),
          Map.entry("history", 1),
          Map.entry("expiry", 1),
          Map.entry("search", 1),
          Map.entry("capacity", 1),
          Map.entry("ended", 1),
          Map.entry("soak", 1),
          Map.entry("nginx", 1),
          Map.entry("restate", 1));

  private Benchmark() {}

  /// Runs a benchmark and prints its tables.
  ///
  /// @param args the gateway's jar, then nothing or a name, then its numbers
  public static void main(String[] args) throws IOException, InterruptedException, SQLException {
    var words = List.of(args).subList(1, args.length);
    boolean named = !words.isEmpty() && NUMBERS_MAX.containsKey(words.getFirst());
    var name = named ? words.getFirst() : COSTS;
    var numbers = named ? words.subList(1, words.size()) : words;
    if (!numbers.stream().allMatch(word -> word.matches("[1-9][0-9]{0,8}"))
        || numbers.size() > NUMBERS_MAX.getOrDefault(name, 0)) {
      System.err.println("backlane: " + USAGE);
      System.exit(EXIT_USAGE);
    }
    // The log of the libraries, which have no other configuration here.
    Logger.getLogger("").setLevel(Level.WARNING);
    var work = Files.createTempDirectory("backlane-benchmark-");
    boolean passed;
    try {
      passed =
          run(
              name,
              numbers.stream().map(Integer::valueOf).toList(),
              new Gateways(Path.of(args[0]), work, List.of()));
    } finally {
      deleteAll(work);
    }
    if (!passed) {
      System.exit(EXIT_FAILED);
    }
  }

  /// @return false if what was measured differs too much from what is recorded
  private static boolean run(String name, List<Integer> numbers, Gateways gateways)
      throws IOException, InterruptedException, SQLException {
    switch (name) {
      case "nodes" ->
          new Nodes(gateways, WARM_UP, Duration.ofSeconds(number(numbers, 0, 6)))
              .run(number(numbers, 1, 3));
      case "history" -> new HistoryCost(number(numbers, 0, 5_000_000)).run();
      case "expiry" -> new Expiry(number(numbers, 0, 1_000_000)).run();
      case "search" -> new SearchCost(gateways, number(numbers, 0, 1_000_000)).run();
      case "capacity" -> new Capacity(gateways, number(numbers, 0, 1_000_000)).run();
      case "ended" -> new Ended(gateways, number(numbers, 0, 10_000_000)).run();
      case "soak" -> new Soak(gateways, number(numbers, 0, 30)).run();
      case "nginx" ->
          new BesideNginx(gateways, WARM_UP, Duration.ofSeconds(number(numbers, 0, 8))).run();
      case "restate" -> new BesideRestate(gateways, WARM_UP, number(numbers, 0, 20_000)).run();
      case "steps" -> StepCosts.run();
      case "latency" ->
          new Latency(gateways, WARM_UP, Duration.ofSeconds(number(numbers, 0, 30))).run();
      case "quick" -> {
        return quick(new Gateways(gateways.jar(), gateways.work(), QUICK_OPTIONS));
      }
      default -> {
        var time = Duration.ofSeconds(number(numbers, 0, 8));
        var warmUp = new Scenario.WarmUp(WARM_UP, WARM_UP_EXCHANGES, WARM_UP_MAX);
        new Costs(new Scenario.Bench(gateways, warmUp, time))
            .run(List.of(Scenario.values()), number(numbers, 1, 3));
      }
    }
    return true;
  }

  private static boolean quick(Gateways gateways) throws IOException, InterruptedException {
    var warmUp = new Scenario.WarmUp(QUICK_TIME, 0, QUICK_TIME);
    var bench = new Scenario.Bench(gateways, warmUp, QUICK_TIME);
    var measured = new Costs(bench);
    measured.run(Scenario.QUICK, 1);
    var costs =
        new QuickCheck(RecordedCosts.load())
            .costs(measured::micros, scenario -> scenario.measure(bench).micros());
    System.out.println(QuickCheck.report(costs));
    return costs.stream().allMatch(QuickCheck.Cost::passed);
  }

  private static int number(List<Integer> numbers, int index, int otherwise) {
    return index < numbers.size() ? numbers.get(index) : otherwise;
  }

  private static void deleteAll(Path folder) throws IOException {
    try (var files = Files.walk(folder)) {
      for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
