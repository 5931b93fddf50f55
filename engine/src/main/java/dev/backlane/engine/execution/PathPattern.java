package dev.backlane.engine.execution;

import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/// A pattern of raw paths: `*` matches any text within a segment, the segment `**` any number of
/// segments.
///
/// `/invoices/**` matches `/invoices`, `/invoices/7` and `/invoices/7/lines`. A raw path is matched
/// as it is spelled ([#matches]); what it may mean is matched without regard to letter case, to a
/// slash at the end, and to percent-encoding ([#covers]). [Routes] combines both. Immutable.
public final class PathPattern {
  private static final String ANY_NUMBER = "**";

  private final String text;
  private final List<Segment> segments;
  private final List<Segment> meant;

  private PathPattern(String text) {
    this.text = text;
    this.segments = segments(text).stream().map(Segment::of).toList();
    var meaning = segments(text).stream().map(Segment::meaning).toList();
    this.meant = text.endsWith("/") ? List.copyOf(meaning.subList(0, meaning.size() - 1)) : meaning;
  }

  /// One segment of a pattern.
  ///
  /// @param anyNumber whether it is `**`
  /// @param regex otherwise matches one segment of a path
  private record Segment(boolean anyNumber, Pattern regex) {
    static Segment of(String text) {
      return of(text, UnaryOperator.identity(), Pattern.DOTALL);
    }

    /// Matches decoded segments in any letter case.
    static Segment meaning(String text) {
      return of(text, PathReadings::decoded, Pattern.DOTALL | Pattern.CASE_INSENSITIVE);
    }

    private static Segment of(String text, UnaryOperator<String> literal, int flags) {
      var regex =
          Arrays.stream(text.split("\\*", -1))
              .map(literal)
              .map(Pattern::quote)
              .collect(Collectors.joining(".*"));
      return new Segment(text.equals(ANY_NUMBER), Pattern.compile(regex, flags));
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
    return new PathPattern(text);
  }

  /// Whether the pattern matches an entire raw path.
  public boolean matches(String path) {
    return path.startsWith("/") && covers(segments, segments(path));
  }

  /// Whether the pattern means a path, given as one of its [PathReadings].
  boolean covers(List<String> reading) {
    return covers(meant, reading);
  }

  private static List<String> segments(String path) {
    return List.of(path.substring(1).split("/", -1));
  }

  /// Tracks the set of pattern positions that the path so far can have reached, so that several
  /// `**` need no backtracking.
  private static boolean covers(List<Segment> segments, List<String> path) {
    var reached = new boolean[segments.size() + 1];
    reached[0] = true;
    skipAnyNumber(segments, reached);
    for (var segment : path) {
      var next = new boolean[reached.length];
      for (int i = 0; i < segments.size(); i++) {
        if (reached[i] && segments.get(i).anyNumber()) {
          next[i] = true;
        } else if (reached[i] && segments.get(i).covers(segment)) {
          next[i + 1] = true;
        }
      }
      skipAnyNumber(segments, next);
      reached = next;
    }
    return reached[segments.size()];
  }

  private static void skipAnyNumber(List<Segment> segments, boolean[] reached) {
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
