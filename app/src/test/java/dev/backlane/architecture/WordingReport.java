package dev.backlane.architecture;

import java.io.IOException;
import java.util.List;
import java.util.TreeMap;

/// Prints the violations of the language rules, so that they can be fixed file by file. Runs
/// without a build, through `scripts/check-wording`.
public final class WordingReport {
  private WordingReport() {}

  /// Prints the violations of each file, then their numbers per file. The exit code is 1 if there
  /// is any.
  ///
  /// @param args prefixes of paths from the root of the repository, such as `docs`; none: all
  ///     files. `--summary` prints the numbers only
  public static void main(String[] args) throws IOException {
    var prefixes = List.of(args).stream().filter(arg -> !arg.startsWith("--")).toList();
    boolean summary = List.of(args).contains("--summary");
    var root = Repository.root();
    var counts = new TreeMap<String, Integer>();
    int all = 0;
    for (var violation : Wording.of(root).violations(root)) {
      String file = violation.file().toString();
      if (prefixes.isEmpty() || prefixes.stream().anyMatch(file::startsWith)) {
        counts.merge(file, 1, Integer::sum);
        all++;
        if (!summary) {
          System.out.println(violation);
        }
      }
    }
    counts.forEach((file, count) -> System.out.printf("%6d  %s%n", count, file));
    System.out.printf("%6d  violations in %d files%n", all, counts.size());
    System.exit(all == 0 ? 0 : 1);
  }
}
