package dev.backlane.architecture;

import java.nio.file.Path;
import java.util.List;
import java.util.TreeMap;

/// The rule that limits the number of files in a package.
final class PackageSizes {
  static final int FILES_MAX = 20;

  private PackageSizes() {}

  /// One sentence for each package of `sources` with too many files; empty if there is none. Files
  /// of production and of tests count separately, and `package-info.java` counts.
  static List<String> violations(List<Path> sources) {
    var counts = new TreeMap<Path, Integer>();
    for (Path source : sources) {
      counts.merge(source.resolveSibling(""), 1, Integer::sum);
    }
    return counts.entrySet().stream()
        .filter(each -> each.getValue() > FILES_MAX)
        .map(each -> each.getKey() + " has " + each.getValue() + " files, at most " + FILES_MAX)
        .toList();
  }
}
