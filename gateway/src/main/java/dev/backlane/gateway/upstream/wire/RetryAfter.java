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

/// Reads `Retry-After` (RFC 9110 section 10.2.3).
public final class RetryAfter {
  /// A year of two digits is at most so many years ahead (RFC 9110 section 5.6.7).
  private static final int YEARS_AHEAD_MAX = 50;

  private static final int CENTURY_YEARS = 100;

  private static final DateTimeFormatter ASCTIME =
      DateTimeFormatter.ofPattern("EEE MMM ppd HH:mm:ss yyyy", Locale.ENGLISH)
          .withZone(ZoneOffset.UTC);

  private RetryAfter() {}

  /// The wait that a value requests, in seconds or by a date; empty for anything else. A date in
  /// the past requests no wait.
  public static Optional<Duration> parse(String value, Instant now) {
    String text = value.strip();
    long seconds = Framing.digits(text);
    if (seconds >= 0) {
      return Optional.of(Duration.ofSeconds(seconds));
    }
    return date(text, now).map(date -> Duration.between(now, date)).map(RetryAfter::notNegative);
  }

  private static Duration notNegative(Duration wait) {
    return wait.isNegative() ? Duration.ZERO : wait;
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
