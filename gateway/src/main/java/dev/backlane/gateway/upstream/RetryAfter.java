package dev.backlane.gateway.upstream;

import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeParseException;
import java.util.Optional;

/// Reads `Retry-After` (RFC 9110 section 10.2.3).
final class RetryAfter {
  private RetryAfter() {}

  /// The wait that a value asks for, from seconds or from a date; empty for anything else. A date that is past asks for none.
  static Optional<Duration> parse(String value, Instant now) {
    String text = value.strip();
    long seconds = Framing.digits(text);
    if (seconds >= 0) {
      return Optional.of(Duration.ofSeconds(seconds));
    }
    try {
      var wait =
          Duration.between(
              now, ZonedDateTime.parse(text, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant());
      return Optional.of(wait.isNegative() ? Duration.ZERO : wait);
    } catch (DateTimeParseException junk) {
      return Optional.empty();
    }
  }
}
