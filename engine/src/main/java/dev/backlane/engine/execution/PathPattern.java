package dev.backlane.engine.execution;

import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// A pattern of raw paths: `*` stands for any text within a segment, the segment `**` for any number of segments.
///
/// `/invoices/**` matches `/invoices`, `/invoices/7` and `/invoices/7/lines`. Letters are compared exactly and
/// percent-encoding is not decoded: what is not sure to match falls back to the general, cautious settings. Immutable.
public final class PathPattern {
  private static final String ANY_NUMBER = "**";

  private final String text;
  private final List<Segment> segments;

  private PathPattern(String text, List<Segment> segments) {
    this.text = text;
    this.segments = segments;
  }

  /// One segment of a pattern.
  ///
  /// @param anyNumber whether it is `**`
  /// @param form what a segment of a path looks like otherwise
  private record Segment(boolean anyNumber, Pattern form) {
    static Segment of(String text) {
      var form =
          Arrays.stream(text.split("\\*", -1))
              .map(Pattern::quote)
              .collect(Collectors.joining(".*"));
      return new Segment(text.equals(ANY_NUMBER), Pattern.compile(form, Pattern.DOTALL));
    }

    boolean covers(String segment) {
      return form.matcher(segment).matches();
    }
  }

  /// Reads a pattern such as `/invoices/*/release` or `/reports/**`.
  ///
  /// @throws IllegalArgumentException if it does not begin with `/` or puts `**` beside other text
  public static PathPattern of(String text) {
    if (!text.startsWith("/")) {
      throw new IllegalArgumentException("a path pattern begins with '/'");
    }
    var segments = segments(text);
    if (segments.stream()
        .anyMatch(segment -> segment.contains(ANY_NUMBER) && !segment.equals(ANY_NUMBER))) {
      throw new IllegalArgumentException("'**' stands alone between two '/'");
    }
    return new PathPattern(text, segments.stream().map(Segment::of).toList());
  }

  /// Tells whether the pattern covers a raw path as a whole.
  public boolean matches(String path) {
    return path.startsWith("/") && covers(segments(path));
  }

  private static List<String> segments(String path) {
    return List.of(path.substring(1).split("/", -1));
  }

  /// Keeps the set of pattern positions that the path so far can have reached, so that many `**` cost no back-tracking.
  private boolean covers(List<String> path) {
    var reached = new boolean[segments.size() + 1];
    reached[0] = true;
    skipAnyNumber(reached);
    for (var segment : path) {
      var next = new boolean[reached.length];
      for (int i = 0; i < segments.size(); i++) {
        if (reached[i] && segments.get(i).anyNumber()) {
          next[i] = true;
        } else if (reached[i] && segments.get(i).covers(segment)) {
          next[i + 1] = true;
        }
      }
      skipAnyNumber(next);
      reached = next;
    }
    return reached[segments.size()];
  }

  private void skipAnyNumber(boolean[] reached) {
    for (int i = 0; i < segments.size(); i++) {
      if (reached[i] && segments.get(i).anyNumber()) {
        reached[i + 1] = true;
      }
    }
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof PathPattern that && text.equals(that.text);
  }

  @Override
  public int hashCode() {
    return text.hashCode();
  }

  /// The pattern as it was written.
  @Override
  public String toString() {
    return text;
  }
}
