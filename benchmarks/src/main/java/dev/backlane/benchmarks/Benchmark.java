package dev.backlane.benchmarks;

import dev.backlane.benchmarks.trial.Trial;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.SQLException;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.logging.Level;
import java.util.logging.Logger;

/// Runs one of the benchmarks, all of which print ratios of what was measured in the same run on the same machine: numbers of
/// one machine are noise to another.
public final class Benchmark {
  private static final int EXIT_USAGE = 2;
  private static final String USAGE =
      "benchmark takes [SECONDS [ROUNDS]], nodes [SECONDS [ROUNDS]], servers [SECONDS [ROUNDS]], history [OPERATIONS] or expiry [OPERATIONS];"
          + " all are whole numbers of at least 1";

  private Benchmark() {}

  /// Runs a benchmark and prints its tables.
  ///
  /// @param args the gateway's jar, then nothing, `nodes`, `servers`, `history` or `expiry`, then its numbers
  public static void main(String[] args) throws IOException, InterruptedException, SQLException {
    var words = List.of(args).subList(1, args.length);
    boolean named =
        !words.isEmpty()
            && List.of("nodes", "history", "expiry", "servers").contains(words.getFirst());
    var name = named ? words.getFirst() : "ceilings";
    var numbers = named ? words.subList(1, words.size()) : words;
    if (!numbers.stream().allMatch(word -> word.matches("[1-9][0-9]{0,8}"))
        || numbers.size() > (name.equals("history") || name.equals("expiry") ? 1 : 2)) {
      System.err.println("backlane: " + USAGE);
      System.exit(EXIT_USAGE);
    }
    // Of the libraries, which have nobody else to log to.
    Logger.getLogger("").setLevel(Level.WARNING);
    var work = Files.createTempDirectory("backlane-benchmark-");
    try {
      run(
          name,
          numbers.stream().map(Integer::valueOf).toList(),
          new Gateways(Path.of(args[0]), work));
    } finally {
      deleteAll(work);
    }
  }

  private static void run(String name, List<Integer> numbers, Gateways gateways)
      throws IOException, InterruptedException, SQLException {
    switch (name) {
      case "nodes" ->
          new Nodes(gateways, Duration.ofSeconds(number(numbers, 0, 6))).run(number(numbers, 1, 3));
      case "history" -> new HistoryCost(number(numbers, 0, 5_000_000)).run();
      case "servers" ->
          new Trial(gateways.work())
              .run(Duration.ofSeconds(number(numbers, 0, 3)), number(numbers, 1, 5));
      case "expiry" -> new Expiry(number(numbers, 0, 1_000_000)).run();
      default ->
          new Ceilings(gateways, gateways.work(), Duration.ofSeconds(number(numbers, 0, 8)))
              .run(number(numbers, 1, 3));
    }
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
