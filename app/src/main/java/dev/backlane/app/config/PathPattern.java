package dev.backlane.app.config;

import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// A pattern of URL paths: `*` stands for any text within a segment, the segment `**` for any number of segments.
///
/// `/invoices/**` matches `/invoices`, `/invoices/7` and `/invoices/7/lines`. Letters are compared exactly and
/// percent-encoding is not decoded: what is not sure to match falls back to the general, cautious settings.
public final class PathPattern {
  private final List<String> segments;

  private PathPattern(List<String> segments) {
    this.segments = segments;
  }

  /// Reads a pattern.
  ///
  /// @throws IllegalArgumentException when it does not begin with `/` or puts `**` beside other text
  public static PathPattern of(String text) {
    if (!text.startsWith("/")) {
      throw new IllegalArgumentException("a path pattern begins with '/'");
    }
    List<String> segments = segments(text);
    if (segments.stream().anyMatch(segment -> segment.contains("**") && !segment.equals("**"))) {
      throw new IllegalArgumentException("'**' stands alone between two '/'");
    }
    return new PathPattern(segments);
  }

  /// Tells whether the pattern covers the whole path.
  public boolean matches(String path) {
    return path.startsWith("/") && matches(segments, segments(path));
  }

  private static List<String> segments(String path) {
    return List.of(path.substring(1).split("/", -1));
  }

  /// Keeps the set of pattern positions that the path so far can have reached, so that many `**` cost no back-tracking.
  private static boolean matches(List<String> patterns, List<String> segments) {
    boolean[] reached = new boolean[patterns.size() + 1];
    reached[0] = true;
    skipEmpty(patterns, reached);
    for (String segment : segments) {
      boolean[] next = new boolean[reached.length];
      for (int i = 0; i < patterns.size(); i++) {
        if (reached[i] && patterns.get(i).equals("**")) {
          next[i] = true;
        } else if (reached[i] && covers(patterns.get(i), segment)) {
          next[i + 1] = true;
        }
      }
      skipEmpty(patterns, next);
      reached = next;
    }
    return reached[patterns.size()];
  }

  private static void skipEmpty(List<String> patterns, boolean[] reached) {
    for (int i = 0; i < patterns.size(); i++) {
      if (reached[i] && patterns.get(i).equals("**")) {
        reached[i + 1] = true;
      }
    }
  }

  private static boolean covers(String pattern, String segment) {
    if (!pattern.contains("*")) {
      return pattern.equals(segment);
    }
    String regex =
        List.of(pattern.split("\\*", -1)).stream()
            .map(Pattern::quote)
            .collect(Collectors.joining(".*"));
    return Pattern.matches(regex, segment);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof PathPattern that && segments.equals(that.segments);
  }

  @Override
  public int hashCode() {
    return segments.hashCode();
  }

  /// The pattern as it was written.
  @Override
  public String toString() {
    return "/" + String.join("/", segments);
  }
}
