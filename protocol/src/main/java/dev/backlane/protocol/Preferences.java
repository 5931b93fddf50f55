package dev.backlane.protocol;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;

/// The preferences of the request header `Prefer` that Backlane supports (RFC 7240). Unknown and
/// malformed preferences are ignored (section 2). If one is repeated, the first applies.
///
/// @param respondAsync `respond-async`: the caller prefers a 202 to waiting (section 4.1)
/// @param waitSeconds `wait`: the longest wait that the caller accepts, at least 0 (section 4.3)
public record Preferences(boolean respondAsync, OptionalInt waitSeconds) {
  /// The preferences of a request without the header.
  public static final Preferences NONE = new Preferences(false, OptionalInt.empty());

  private static final int DECIMAL = 10;

  /// Reads all values of the header. A `wait` beyond the range of `int` is `Integer.MAX_VALUE`.
  public static Preferences parse(List<String> headerValues) {
    if (headerValues.isEmpty()) {
      return NONE;
    }
    Map<String, String> byName = new HashMap<>();
    for (String value : headerValues) {
      for (String element : split(value, ',')) {
        add(element, byName);
      }
    }
    String wait = byName.get("wait");
    return new Preferences(
        byName.containsKey("respond-async"), wait == null ? OptionalInt.empty() : seconds(wait));
  }

  private static void add(String element, Map<String, String> byName) {
    // Parameters follow a semicolon; the supported preferences have none.
    String preference = split(element, ';').getFirst();
    int equals = preference.indexOf('=');
    String name = Syntax.trimOws(equals < 0 ? preference : preference.substring(0, equals));
    String value = equals < 0 ? "" : unquote(Syntax.trimOws(preference.substring(equals + 1)));
    if (Syntax.isToken(name)) {
      byName.putIfAbsent(name.toLowerCase(Locale.ROOT), value);
    }
  }

  /// Splits at separators outside quoted strings; returns at least one part.
  private static List<String> split(String text, char separator) {
    List<String> parts = new ArrayList<>();
    boolean quoted = false;
    int from = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"') {
        quoted = !quoted;
      } else if (c == '\\' && quoted) {
        i++;
      } else if (c == separator && !quoted) {
        parts.add(text.substring(from, i));
        from = i + 1;
      }
    }
    parts.add(text.substring(from));
    return parts;
  }

  private static String unquote(String value) {
    if (value.length() < 2 || value.charAt(0) != '"' || value.charAt(value.length() - 1) != '"') {
      return value;
    }
    StringBuilder text = new StringBuilder();
    for (int i = 1; i < value.length() - 1; i++) {
      if (value.charAt(i) == '\\' && i + 1 < value.length() - 1) {
        i++;
      }
      text.append(value.charAt(i));
    }
    return text.toString();
  }

  private static OptionalInt seconds(String value) {
    if (value.isEmpty() || !value.chars().allMatch(c -> c >= '0' && c <= '9')) {
      return OptionalInt.empty();
    }
    long seconds = 0;
    for (int i = 0; i < value.length() && seconds < Integer.MAX_VALUE; i++) {
      seconds = seconds * DECIMAL + (value.charAt(i) - '0');
    }
    return OptionalInt.of((int) Math.min(seconds, Integer.MAX_VALUE));
  }
}
