package dev.backlane.app.config;

import java.util.Comparator;

/// One thing that is wrong with the configuration, on one line. Shows no secret.
///
/// @param origin where it was given
/// @param key the setting; empty when it is about the source as a whole
/// @param what is wrong
/// @param mend what to do about it
record Problem(Origin origin, String key, String what, String mend) {
  private static final int QUOTED_CHARS_MAX = 60;

  /// In the order in which an operator works through them: down the file, then the environment, then the flags.
  static final Comparator<Problem> IN_READING_ORDER =
      Comparator.<Problem>comparingInt(problem -> rank(problem.origin))
          .thenComparingInt(
              problem -> problem.origin instanceof Origin.InFile file ? file.line() : 0)
          .thenComparingInt(
              problem -> problem.origin instanceof Origin.InFile file ? file.column() : 0);

  private static int rank(Origin origin) {
    return switch (origin) {
      case Origin.InFile _ -> 0;
      case Origin.InEnvironment _ -> 1;
      case Origin.InFlag _ -> 2;
      case Origin.Nowhere _ -> 3;
    };
  }

  /// Text of an operator, quoted, shortened and kept on one line.
  static String quote(String text) {
    String shown =
        text.length() > QUOTED_CHARS_MAX ? text.substring(0, QUOTED_CHARS_MAX) + "…" : text;
    return "'" + shown.replaceAll("\\p{Cntrl}", "?") + "'";
  }

  /// `backlane.yaml:3:9: server.port: '70000' is out of range; give a whole number from 0 to 65535`.
  @Override
  public String toString() {
    return origin + ": " + (key.isEmpty() ? "" : key + ": ") + what + "; " + mend;
  }
}
