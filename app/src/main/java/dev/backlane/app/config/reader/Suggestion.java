package dev.backlane.app.config.reader;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/// Suggests a known name for a mistyped one.
final class Suggestion {
  private Suggestion() {}

  /// The fix of an unknown name: the most similar known name, or `otherwise` if none is similar.
  static String of(String written, Collection<String> known, String otherwise) {
    return nearest(written, known).map(name -> "did you mean '" + name + "'?").orElse(otherwise);
  }

  private static Optional<String> nearest(String written, Collection<String> known) {
    int errorsMax = Math.max(1, written.length() / 4);
    Optional<String> alike =
        known.stream()
            .filter(name -> distance(written, name) <= errorsMax)
            .min(Comparator.comparingInt(name -> distance(written, name)));
    String last = lastPart(written);
    return alike.or(() -> known.stream().filter(name -> lastPart(name).equals(last)).findFirst());
  }

  private static String lastPart(String name) {
    return name.substring(name.lastIndexOf('.') + 1);
  }

  /// The number of insertions, removals, replacements and swaps of adjacent characters between two
  /// texts (optimal string alignment).
  private static int distance(String a, String b) {
    int[][] cost = new int[a.length() + 1][b.length() + 1];
    for (int i = 0; i <= a.length(); i++) {
      for (int j = 0; j <= b.length(); j++) {
        if (i == 0 || j == 0) {
          cost[i][j] = i + j;
          continue;
        }
        int replaced = cost[i - 1][j - 1] + (a.charAt(i - 1) == b.charAt(j - 1) ? 0 : 1);
        cost[i][j] = Math.min(replaced, Math.min(cost[i - 1][j], cost[i][j - 1]) + 1);
        if (i > 1
            && j > 1
            && a.charAt(i - 1) == b.charAt(j - 2)
            && a.charAt(i - 2) == b.charAt(j - 1)) {
          cost[i][j] = Math.min(cost[i][j], cost[i - 2][j - 2] + 1);
        }
      }
    }
    return cost[a.length()][b.length()];
  }
}
