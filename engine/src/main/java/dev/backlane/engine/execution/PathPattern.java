package dev.backlane.engine.execution;

import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// A pattern of raw paths: `*` matches any text within a segment, the segment `**` any number of
/// segments.
///
/// `/invoices/**` matches `/invoices`, `/invoices/7` and `/invoices/7/lines`. Matching is
/// case-sensitive, and percent-encoding is not decoded: a path whose match is uncertain gets the
/// default policy, which is the more cautious one. Immutable.
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
  /// @param regex otherwise matches one segment of a path
  private record Segment(boolean anyNumber, Pattern regex) {
    static Segment of(String text) {
      var regex =
          Arrays.stream(text.split("\\*", -1))
              .map(Pattern::quote)
              .collect(Collectors.joining(".*"));
      return new Segment(text.equals(ANY_NUMBER), Pattern.compile(regex, Pattern.DOTALL));
    }

    boolean covers(String segment) {
      return regex.matcher(segment).matches();
    }
  }

  /// Parses a pattern such as `/invoices/*/release` or `/reports/**`.
  ///
  /// @throws IllegalArgumentException if it does not begin with `/`, or a segment contains `**` and
  ///     other text
  public static PathPattern of(String text) {
    if (!text.startsWith("/")) {
      throw new IllegalArgumentException("a path pattern must begin with '/'");
    }
    var segments = segments(text);
    if (segments.stream()
        .anyMatch(segment -> segment.contains(ANY_NUMBER) && !segment.equals(ANY_NUMBER))) {
      throw new IllegalArgumentException("'**' must be a segment of its own");
    }
    return new PathPattern(text, segments.stream().map(Segment::of).toList());
  }

  /// Whether the pattern matches an entire raw path.
  public boolean matches(String path) {
    return path.startsWith("/") && covers(segments(path));
  }

  private static List<String> segments(String path) {
    return List.of(path.substring(1).split("/", -1));
  }

  /// Tracks the set of pattern positions that the path so far can have reached, so that several
  /// `**` need no backtracking.
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

  /// The pattern as it was declared.
  @Override
  public String toString() {
    return text;
  }
}
