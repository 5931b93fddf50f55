package dev.backlane.app.config.reader;

import dev.backlane.app.config.reader.ValueType.Scalar;
import dev.backlane.app.config.reader.ValueType.WrongValueException;
import dev.backlane.protocol.url.HttpUrl;
import dev.backlane.protocol.url.InvalidUrlException;
import java.net.InetAddress;
import java.net.URI;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The types of single values. Stateless.
public final class Types {
  private enum UrlPart {
    PATH,
    QUERY
  }

  private static final Pattern DURATION = Pattern.compile("(\\d{1,15})(ms|s|m|h|d)");
  private static final Pattern BYTES = Pattern.compile("(\\d{1,18})(B|KiB|MiB|GiB|TiB)?");
  private static final Map<String, Duration> DURATION_UNITS =
      Map.of(
          "ms", Duration.ofMillis(1),
          "s", Duration.ofSeconds(1),
          "m", Duration.ofMinutes(1),
          "h", Duration.ofHours(1),
          "d", Duration.ofDays(1));
  private static final Map<String, Long> BYTE_UNITS =
      Map.of("B", 1L, "KiB", 1L << 10, "MiB", 1L << 20, "GiB", 1L << 30, "TiB", 1L << 40);

  private Types() {}

  /// A line of text.
  public static Scalar<String> text(String expected, String placeholder) {
    return new Scalar<>(expected, placeholder, true, Types::line);
  }

  /// Text that matches a pattern.
  public static Scalar<String> matching(String expected, String placeholder, Pattern form) {
    return new Scalar<>(
        expected,
        placeholder,
        true,
        text -> {
          if (!form.matcher(text).matches()) {
            throw new WrongValueException("has the wrong form");
          }
          return text;
        });
  }

  /// A line of text, which may be empty.
  public static Scalar<String> anyText(String expected) {
    return matching(expected, "TEXT", Pattern.compile("(\\S([^\\p{Cntrl}]*\\S)?)?"));
  }

  /// A secret: a line of text that is never quoted in a problem.
  public static Scalar<Secret> secret(String expected) {
    return new Scalar<>(expected, "SECRET", false, text -> new Secret(line(text)));
  }

  /// `true` or `false`.
  public static Scalar<Boolean> bool() {
    return new Scalar<>(
        "true or false",
        "true|false",
        true,
        text ->
            switch (text.toLowerCase(Locale.ROOT)) {
              case "true" -> true;
              case "false" -> false;
              default -> throw new WrongValueException("is not a boolean");
            });
  }

  /// One of the given names.
  public static Scalar<String> oneOf(List<String> choices) {
    String expected =
        choices.size() == 1 ? choices.getFirst() : "one of " + String.join(", ", choices);
    return new Scalar<>(
        expected,
        String.join("|", choices),
        true,
        text -> {
          if (!choices.contains(text)) {
            throw new WrongValueException("is not a known value");
          }
          return text;
        });
  }

  /// A whole number within bounds, both inclusive.
  public static Scalar<Integer> wholeNumber(int min, int max) {
    return new Scalar<>(
        "a whole number from " + min + " to " + max,
        "N",
        true,
        text -> {
          if (!text.matches("-?\\d{1,18}")) {
            throw new WrongValueException("is not a whole number");
          }
          return (int) within(Long.parseLong(text), min, max);
        });
  }

  /// A duration with a unit, within bounds, both inclusive.
  public static Scalar<Duration> duration(Duration min, Duration max) {
    return new Scalar<>(
        "a duration from " + show(min) + " to " + show(max) + ", such as 500ms, 5s, 30m, 4h or 7d",
        "DURATION",
        true,
        text -> {
          Matcher parts = DURATION.matcher(text);
          if (!parts.matches()) {
            throw new WrongValueException("is not a duration");
          }
          long unitMillis = known(DURATION_UNITS, parts.group(2)).toMillis();
          long amount = Long.parseLong(parts.group(1));
          return Duration.ofMillis(
              within(saturatedProduct(amount, unitMillis), min.toMillis(), max.toMillis()));
        });
  }

  /// A size in bytes or binary units, within bounds, both inclusive.
  public static Scalar<Long> bytes(long min, long max) {
    return new Scalar<>(
        "a size from " + show(min) + " to " + show(max) + ", such as 1000, 512KiB, 64MiB or 1GiB",
        "SIZE",
        true,
        text -> {
          Matcher parts = BYTES.matcher(text);
          if (!parts.matches()) {
            throw new WrongValueException("is not a size");
          }
          long unit = parts.group(2) == null ? 1 : known(BYTE_UNITS, parts.group(2));
          return within(saturatedProduct(Long.parseLong(parts.group(1)), unit), min, max);
        });
  }

  /// The path of a file or directory; it need not exist.
  public static Scalar<Path> path(String expected) {
    return new Scalar<>(
        expected,
        "PATH",
        true,
        text -> {
          try {
            return Path.of(line(text));
          } catch (InvalidPathException e) {
            throw new WrongValueException("is not a path");
          }
        });
  }

  /// An `http` or `https` URL with scheme, host and port only. No problem quotes a URL, since it
  /// may contain a password.
  public static Scalar<URI> serverUrl(String example) {
    return url(
        "an absolute http or https URL with neither path nor query, such as " + example, Set.of());
  }

  /// A URL that may have a path, which is kept without a trailing `/`.
  public static Scalar<URI> baseUrl(String example) {
    return url(
        "an absolute http or https URL without query, such as " + example, Set.of(UrlPart.PATH));
  }

  /// A URL that may have a path and a query.
  public static Scalar<URI> url(String example) {
    return url(
        "an absolute http or https URL, such as " + example, Set.of(UrlPart.PATH, UrlPart.QUERY));
  }

  private static Scalar<URI> url(String expected, Set<UrlPart> allowed) {
    return new Scalar<>(expected, "URL", false, text -> parseUrl(text, allowed));
  }

  private static URI parseUrl(String text, Set<UrlPart> allowed) throws WrongValueException {
    URI url = httpUrl(text).uri();
    if (url.getRawQuery() != null && !allowed.contains(UrlPart.QUERY)) {
      throw new WrongValueException("has a query ('?')");
    }
    if (!allowed.contains(UrlPart.PATH) && !url.getRawPath().matches("/?")) {
      throw new WrongValueException("has a path");
    }
    // Paths are appended to this URL, so a trailing '/' would be doubled.
    return allowed.contains(UrlPart.QUERY) ? url : URI.create(text.replaceFirst("/+$", ""));
  }

  private static HttpUrl httpUrl(String text) throws WrongValueException {
    HttpUrl url;
    try {
      url = HttpUrl.parse(text);
    } catch (InvalidUrlException invalid) {
      throw new WrongValueException(String.valueOf(invalid.getMessage()));
    }
    if (url.hasAddress() && !url.hasPlainAddress()) {
      throw new WrongValueException(
          "has a malformed IP address; write it in dotted decimal, or as IPv6 in brackets without a"
              + " zone");
    }
    return url;
  }

  /// A name or address of this machine, without scheme, port or brackets.
  public static Scalar<String> host() {
    return new Scalar<>(
        "a host name or an address such as 127.0.0.1, 0.0.0.0 or ::1, without scheme, port or"
            + " brackets",
        "HOST",
        true,
        text -> {
          if (text.matches("[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?")) {
            return text;
          }
          if (!text.contains(":") || !isAddress(text)) {
            throw new WrongValueException("is not a host");
          }
          return text;
        });
  }

  /// Whether a text is an IP address, not a name.
  public static boolean isAddress(String text) {
    boolean version4 = text.matches("\\d{1,3}(\\.\\d{1,3}){3}");
    if (!version4 && !text.matches("[0-9A-Fa-f.]*:[0-9A-Fa-f:.]*")) {
      return false;
    }
    try {
      InetAddress.ofLiteral(text);
      return true;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  /// A line of text.
  ///
  /// @throws WrongValueException if it is empty, starts or ends with white space, or contains
  ///     control characters
  public static String line(String text) throws WrongValueException {
    if (text.isBlank()) {
      throw new WrongValueException("is empty");
    }
    if (!text.equals(text.strip()) || text.chars().anyMatch(Character::isISOControl)) {
      throw new WrongValueException(
          "starts or ends with white space, or contains control characters");
    }
    return text;
  }

  private static long within(long value, long min, long max) throws WrongValueException {
    if (value < min || value > max) {
      throw new WrongValueException("is out of range");
    }
    return value;
  }

  private static long saturatedProduct(long a, long b) {
    return a > Long.MAX_VALUE / b ? Long.MAX_VALUE : a * b;
  }

  /// Formats a duration in the largest unit that needs no fraction.
  public static String show(Duration duration) {
    long millis = duration.toMillis();
    for (String unit : List.of("d", "h", "m", "s")) {
      long unitMillis = known(DURATION_UNITS, unit).toMillis();
      if (millis % unitMillis == 0 && millis > 0) {
        return millis / unitMillis + unit;
      }
    }
    return millis + "ms";
  }

  /// Formats a size in the largest unit that needs no fraction.
  static String show(long bytes) {
    for (String unit : List.of("TiB", "GiB", "MiB", "KiB")) {
      if (bytes % known(BYTE_UNITS, unit) == 0 && bytes > 0) {
        return bytes / known(BYTE_UNITS, unit) + unit;
      }
    }
    return bytes + "B";
  }

  private static <T> T known(Map<String, T> units, String unit) {
    return Objects.requireNonNull(units.get(unit), unit);
  }
}
