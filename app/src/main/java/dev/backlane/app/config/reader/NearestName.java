package dev.backlane.app.config.reader;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;

/// Finds the known name that a mistyped one most likely means. Stateless.
public final class NearestName {
  private NearestName() {}

  /// The most similar known name: with at most one error in four characters, or else with the same
  /// part after the last dot; empty if none is similar.
  public static Optional<String> of(String written, Collection<String> known) {
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
