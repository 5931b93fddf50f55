package dev.backlane.protocol.field;

import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalInt;
import java.util.stream.Collectors;

/// The preferences of the request header `Prefer` that Backlane supports (RFC 7240). Unknown and
/// malformed preferences are ignored (section 2). If one is repeated, the first applies.
///
/// @param respondAsync `respond-async`: the caller prefers a 202 to waiting (section 4.1)
/// @param waitSeconds `wait`: the longest wait that the caller accepts, at least 0 (section 4.3)
public record Preferences(boolean respondAsync, OptionalInt waitSeconds) {
  /// The preferences of a request without the header.
  public static final Preferences NONE = new Preferences(false, OptionalInt.empty());

  private static final String RESPOND_ASYNC = "respond-async";
  private static final String WAIT = "wait";
  private static final int DECIMAL = 10;

  /// Reads all values of the header. A `wait` beyond the range of `int` is `Integer.MAX_VALUE`.
  public static Preferences parse(List<String> headerValues) {
    if (headerValues.isEmpty()) {
      return NONE;
    }
    Map<String, String> byName = new HashMap<>();
    for (String value : headerValues) {
      for (String element : ListField.split(value, ',')) {
        add(element, byName);
      }
    }
    String wait = byName.get(WAIT);
    return new Preferences(
        byName.containsKey(RESPOND_ASYNC), wait == null ? OptionalInt.empty() : seconds(wait));
  }

  /// One value of the header without these preferences, for a recipient behind Backlane: all of
  /// their instances, with their parameters. The others are unchanged and in order. Empty if none
  /// is left.
  public String removedFrom(String headerValue) {
    List<String> elements = ListField.split(headerValue, ',');
    List<String> kept = elements.stream().filter(element -> !has(name(element))).toList();
    return kept.size() == elements.size()
        ? headerValue
        : kept.stream()
            .map(Syntax::trimOws)
            .filter(element -> !element.isEmpty())
            .collect(Collectors.joining(", "));
  }

  private boolean has(String name) {
    return respondAsync && name.equals(RESPOND_ASYNC)
        || waitSeconds.isPresent() && name.equals(WAIT);
  }

  /// The name of a preference in lower case.
  private static String name(String element) {
    String preference = ListField.split(element, ';').getFirst();
    int equals = preference.indexOf('=');
    String name = equals < 0 ? preference : preference.substring(0, equals);
    return Syntax.trimOws(name).toLowerCase(Locale.ROOT);
  }

  private static void add(String element, Map<String, String> byName) {
    // Parameters follow a semicolon; the supported preferences have none.
    String preference = ListField.split(element, ';').getFirst();
    String name = name(element);
    int equals = preference.indexOf('=');
    String value =
        equals < 0 ? "" : ListField.unquoted(Syntax.trimOws(preference.substring(equals + 1)));
    if (Syntax.isToken(name)) {
      byName.putIfAbsent(name, value);
    }
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
