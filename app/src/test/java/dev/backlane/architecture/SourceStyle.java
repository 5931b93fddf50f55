package dev.backlane.architecture;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// The rules that can be checked by reading a source file as text.
final class SourceStyle {
  static final int FILE_LINES_MAX = 450;

  // Written so that the patterns do not match this file.
  private static final Pattern UNFINISHED = Pattern.compile("\\b(?:TO[D]O|FIX[M]E|XX[X])\\b");
  private static final Pattern DISABLED = Pattern.compile("@[D]isabled\\w*|@[I]gnore\\b");

  private SourceStyle() {}

  /// The Java sources below `directory` without build output; production and tests.
  static List<Path> sourcesBelow(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      return files
          .filter(file -> file.toString().endsWith(".java"))
          .filter(file -> !relative(directory, file).contains("/target/"))
          .filter(file -> relative(directory, file).contains("/src/"))
          .sorted()
          .toList();
    }
  }

  /// One sentence for each violation in `sources`; empty if there is none.
  static List<String> violations(List<Path> sources) throws IOException {
    var violations = new ArrayList<String>();
    for (Path source : sources) {
      List<String> lines = Files.readAllLines(source);
      if (lines.size() > FILE_LINES_MAX) {
        violations.add(source + " has " + lines.size() + " lines, at most " + FILE_LINES_MAX);
      }
      for (int at = 0; at < lines.size(); at++) {
        var line = source + ":" + (at + 1);
        if (UNFINISHED.matcher(lines.get(at)).find()) {
          violations.add(line + " contains unfinished work");
        }
        if (DISABLED.matcher(lines.get(at)).find()) {
          violations.add(line + " disables a test");
        }
      }
    }
    return violations;
  }

  private static String relative(Path directory, Path file) {
    return "/" + directory.relativize(file).toString().replace('\\', '/');
  }
}
