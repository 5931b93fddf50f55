package dev.backlane.gateway.upstream.wire;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoField;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// Reads `Retry-After` (RFC 9110 section 10.2.3).
public final class RetryAfter {
  /// The longest wait that is reported. Callers have limits of their own, far below it.
  public static final Duration MAX = Duration.ofDays(365);

  // Leading zeros do not count.
  private static final Pattern SECONDS =
      Pattern.compile("0*(?<whole>[0-9]+)(?:\\.(?<fraction>[0-9]*))?");

  private static final Pattern ZEROS = Pattern.compile("0*");

  /// A longer number exceeds the longest wait.
  private static final int SECONDS_DIGITS_MAX = 9;

  /// A year of two digits is at most so many years ahead (RFC 9110 section 5.6.7).
  private static final int YEARS_AHEAD_MAX = 50;

  private static final int CENTURY_YEARS = 100;

  private static final DateTimeFormatter ASCTIME =
      DateTimeFormatter.ofPattern("EEE MMM ppd HH:mm:ss yyyy", Locale.ENGLISH)
          .withZone(ZoneOffset.UTC);

  private RetryAfter() {}

  /// The wait that a value requests, in seconds or by a date, at most [#MAX]; empty for anything
  /// else. A date in the past requests no wait. A fraction of a second, which RFC 9110 does not
  /// permit but some servers send, is rounded up.
  public static Optional<Duration> parse(String value, Instant now) {
    String text = value.strip();
    Matcher seconds = SECONDS.matcher(text);
    if (seconds.matches()) {
      return Optional.of(seconds(seconds.group("whole"), seconds.group("fraction")));
    }
    return date(text, now).map(date -> Duration.between(now, date)).map(RetryAfter::bounded);
  }

  private static Duration seconds(String whole, @Nullable String fraction) {
    if (whole.length() > SECONDS_DIGITS_MAX) {
      return MAX;
    }
    boolean more = fraction != null && !ZEROS.matcher(fraction).matches();
    return bounded(Duration.ofSeconds(Long.parseLong(whole) + (more ? 1 : 0)));
  }

  private static Duration bounded(Duration wait) {
    if (wait.isNegative()) {
      return Duration.ZERO;
    }
    return wait.compareTo(MAX) > 0 ? MAX : wait;
  }

  /// A date in the preferred format or in one of the two obsolete ones, all of which a recipient
  /// must accept (RFC 9110 section 5.6.7).
  private static Optional<Instant> date(String text, Instant now) {
    return parsed(text, DateTimeFormatter.RFC_1123_DATE_TIME)
        .or(() -> parsed(text, rfc850(now)))
        .or(() -> parsed(text, ASCTIME));
  }

  private static Optional<Instant> parsed(String text, DateTimeFormatter form) {
    try {
      return Optional.of(form.parse(text, Instant::from));
    } catch (DateTimeException otherForm) {
      return Optional.empty();
    }
  }

  private static DateTimeFormatter rfc850(Instant now) {
    int lastYear = LocalDate.ofInstant(now, ZoneOffset.UTC).getYear() + YEARS_AHEAD_MAX;
    return new DateTimeFormatterBuilder()
        .appendPattern("EEEE, dd-MMM-")
        .appendValueReduced(ChronoField.YEAR, 2, 2, lastYear - CENTURY_YEARS + 1)
        .appendPattern(" HH:mm:ss 'GMT'")
        .toFormatter(Locale.ENGLISH)
        .withZone(ZoneOffset.UTC);
  }
}
