package dev.backlane.engine.execution;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/// The paths that an upstream may understand by a raw path.
///
/// A path is forwarded as it was received, and servers disagree about what it means: whether `%2F`
/// and `\` separate segments, whether `;x` belongs to a segment, whether `//` is `/`, and whether
/// dot segments are resolved. What is read here as several paths gets the strictest of their rules
/// ([Routes]). Percent-encoding is decoded in all of them. Stateless.
final class PathReadings {
  /// More readings than this, 16, or more segments than [#SEGMENTS_MAX], are not distinguished.
  static final int READINGS_MAX = 16;

  /// The most segments of a path with several readings, 128.
  static final int SEGMENTS_MAX = 128;

  // Whose meaning differs too much between servers: a malformed escape, an escape of an escape, of
  // a control character, or of a byte that UTF-8 never has, with which old decoders are tricked.
  private static final Pattern UNCLEAR =
      Pattern.compile(
          "%(?![0-9A-Fa-f]{2})|%25[0-9A-Fa-f]{2}|%[01][0-9A-Fa-f]|%7[Ff]|%[Cc][01]|[^!-~]|#");

  private static final Pattern SEPARATORS = Pattern.compile("\\\\|%2[Ff]|%5[Cc]");

  private PathReadings() {}

  /// The readings of a raw path, each a list of decoded segments without an empty last one. A path
  /// in the usual spelling has one.
  ///
  /// @return empty if the path may mean anything
  static Optional<Set<List<String>>> of(String rawPath) {
    if (isPlain(rawPath)) {
      var segments = List.of(rawPath.substring(1).split("/", -1));
      return Optional.of(
          Set.of(rawPath.endsWith("/") ? segments.subList(0, segments.size() - 1) : segments));
    }
    return ofAny(rawPath);
  }

  /// As [#of], without its shortcut for plain paths.
  static Optional<Set<List<String>>> ofAny(String rawPath) {
    if (!rawPath.startsWith("/") || UNCLEAR.matcher(rawPath).find()) {
      return Optional.empty();
    }
    var readings = new LinkedHashSet<List<String>>();
    for (var spelled : separations(rawPath.substring(1))) {
      var segments = List.of(spelled.split("/", -1)).stream().map(PathReadings::decoded).toList();
      for (var plain : withoutParameters(segments)) {
        for (var merged : withoutEmptySegments(plain)) {
          readings.addAll(withoutDotSegments(merged));
        }
      }
    }
    boolean tooMany =
        readings.size() > READINGS_MAX
            || readings.size() > 1
                && readings.stream().anyMatch(each -> each.size() > SEGMENTS_MAX);
    return tooMany ? Optional.empty() : Optional.of(readings);
  }

  /// Whether a path certainly has one reading, the one that is spelled. Almost all paths are plain,
  /// and the others take several microseconds.
  private static boolean isPlain(String rawPath) {
    if (!rawPath.startsWith("/")) {
      return false;
    }
    char before = '/';
    for (int i = 1; i < rawPath.length(); i++) {
      char next = rawPath.charAt(i);
      boolean separates = next == '\\' || next == ';' || next == '%' || next == '#';
      boolean emptyOrDots = before == '/' && (next == '/' || next == '.');
      if (next < '!' || next > '~' || separates || emptyOrDots) {
        return false;
      }
      before = next;
    }
    return true;
  }

  /// The path with each choice of what separates segments, besides `/`.
  private static Set<String> separations(String path) {
    Set<String> all = new LinkedHashSet<>();
    all.add(path);
    var found = new LinkedHashSet<String>();
    var matcher = SEPARATORS.matcher(path);
    while (matcher.find()) {
      found.add(matcher.group().toUpperCase(Locale.ROOT));
    }
    for (var separator : found) {
      for (var each : List.copyOf(all)) {
        all.add(
            Pattern.compile(separator, Pattern.LITERAL | Pattern.CASE_INSENSITIVE)
                .matcher(each)
                .replaceAll("/"));
      }
    }
    return all;
  }

  /// The bytes of a text as characters, each escape replaced by its byte.
  static String decoded(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    int length = 0;
    for (int i = 0; i < bytes.length; i++) {
      int value =
          i + 2 < bytes.length && bytes[i] == '%' ? escaped(bytes[i + 1], bytes[i + 2]) : -1;
      if (value < 0) {
        bytes[length++] = bytes[i];
      } else {
        bytes[length++] = (byte) value;
        i += 2;
      }
    }
    return new String(bytes, 0, length, StandardCharsets.ISO_8859_1);
  }

  private static int escaped(byte high, byte low) {
    int first = Character.digit(high, 16);
    int second = Character.digit(low, 16);
    return first < 0 || second < 0 ? -1 : 16 * first + second;
  }

  private static List<List<String>> withoutParameters(List<String> segments) {
    if (segments.stream().noneMatch(segment -> segment.indexOf(';') >= 0)) {
      return List.of(segments);
    }
    var without =
        segments.stream()
            .map(segment -> {
              int parameters = segment.indexOf(';');
              return parameters < 0 ? segment : segment.substring(0, parameters);
            })
            .toList();
    return List.of(segments, without);
  }

  private static List<List<String>> withoutEmptySegments(List<String> segments) {
    var last = segments.getLast();
    var inner = last.isEmpty() ? segments.subList(0, segments.size() - 1) : segments;
    return inner.stream().noneMatch(String::isEmpty)
        ? List.of(inner)
        : List.of(inner, inner.stream().filter(segment -> !segment.isEmpty()).toList());
  }

  private static List<List<String>> withoutDotSegments(List<String> segments) {
    if (segments.stream().noneMatch(segment -> segment.equals(".") || segment.equals(".."))) {
      return List.of(segments);
    }
    var resolved = new ArrayList<String>();
    for (var segment : segments) {
      if (segment.equals("..")) {
        if (!resolved.isEmpty()) {
          resolved.removeLast();
        }
      } else if (!segment.equals(".")) {
        resolved.add(segment);
      }
    }
    return List.of(segments, resolved);
  }
}
