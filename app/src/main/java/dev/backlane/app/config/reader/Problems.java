package dev.backlane.app.config.reader;

import dev.backlane.app.config.reader.Raw.Origin;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/// Collects the problems of a configuration, so that an operator sees all of them at once. Not
/// thread-safe.
final class Problems {
  private static final int QUOTED_CHARS_MAX = 60;

  /// One problem, shown on one line. Contains no secret.
  ///
  /// @param origin where the value was given
  /// @param key the setting; empty when the problem concerns the source as a whole
  /// @param what what is wrong
  /// @param fix how to correct it
  private record Problem(Origin origin, String key, String what, String fix) {
    /// `backlane.yaml:3:9: server.port: '70000' is out of range; give a whole number from 0 to …`.
    @Override
    public String toString() {
      return origin + ": " + (key.isEmpty() ? "" : key + ": ") + what + "; " + fix;
    }
  }

  /// The order of problems: by position in the file, then the environment, then the flags.
  private static final Comparator<Problem> IN_READING_ORDER =
      Comparator.<Problem>comparingInt(problem -> rank(problem.origin))
          .thenComparingInt(
              problem -> problem.origin instanceof Origin.InFile file ? file.line() : 0)
          .thenComparingInt(
              problem -> problem.origin instanceof Origin.InFile file ? file.column() : 0);

  private final List<Problem> found = new ArrayList<>();

  private static int rank(Origin origin) {
    return switch (origin) {
      case Origin.InFile _ -> 0;
      case Origin.InEnvironment _ -> 1;
      case Origin.InFlag _ -> 2;
      case Origin.Nowhere _ -> 3;
    };
  }

  /// Text that an operator wrote, quoted, shortened to 60 characters, with control characters
  /// replaced.
  static String quote(String text) {
    String shown =
        text.length() > QUOTED_CHARS_MAX ? text.substring(0, QUOTED_CHARS_MAX) + "…" : text;
    return "'" + shown.replaceAll("\\p{Cntrl}", "?") + "'";
  }

  void add(Origin origin, String key, String what, String fix) {
    found.add(new Problem(origin, key, what, fix));
  }

  boolean isEmpty() {
    return found.isEmpty();
  }

  /// One line per problem, in reading order.
  List<String> lines() {
    return found.stream().sorted(IN_READING_ORDER).map(Problem::toString).toList();
  }

  /// The fix of an unknown name: the most similar known name, or `otherwise` if none is similar.
  static String suggestion(String written, Collection<String> known, String otherwise) {
    return NearestName.of(written, known)
        .map(name -> "did you mean '" + name + "'?")
        .orElse(otherwise);
  }
}
