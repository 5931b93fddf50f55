package dev.backlane.architecture;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// What can be told of a source file by reading it as text.
final class SourceStyle {
  static final int FILE_LINES_MAX = 450;

  // Written so that the patterns do not find themselves.
  private static final Pattern LEFT_FOR_LATER = Pattern.compile("\\b(?:TO[D]O|FIX[M]E|XX[X])\\b");
  private static final Pattern SWITCHED_OFF = Pattern.compile("@[D]isabled\\w*|@[I]gnore\\b");

  private SourceStyle() {}

  /// The Java sources below `directory`, builds left out; production and tests alike.
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

  /// One sentence for each breach of the style in `sources`; empty when there is none.
  static List<String> violations(List<Path> sources) throws IOException {
    var violations = new ArrayList<String>();
    for (Path source : sources) {
      List<String> lines = Files.readAllLines(source);
      if (lines.size() > FILE_LINES_MAX) {
        violations.add(source + " has " + lines.size() + " lines, at most " + FILE_LINES_MAX);
      }
      for (int at = 0; at < lines.size(); at++) {
        var place = source + ":" + (at + 1);
        if (LEFT_FOR_LATER.matcher(lines.get(at)).find()) {
          violations.add(place + " leaves work for later");
        }
        if (SWITCHED_OFF.matcher(lines.get(at)).find()) {
          violations.add(place + " switches a test off");
        }
      }
    }
    return violations;
  }

  private static String relative(Path directory, Path file) {
    return "/" + directory.relativize(file).toString().replace('\\', '/');
  }
}
