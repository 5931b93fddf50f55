package dev.backlane.client.http;

import java.net.http.HttpHeaders;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.regex.Pattern;

/// The waits between requests that are repeated: what the server asks for with `Retry-After`, or
/// exponential backoff with jitter. For one thread.
public final class Pauses {
  /// The longest wait that a server can cause.
  static final Duration RETRY_AFTER_MAX = Duration.ofMinutes(5);

  /// Some servers send a fraction, which RFC 9110 does not permit.
  private static final Pattern SECONDS = Pattern.compile("([0-9]+)(\\.[0-9]*)?");

  /// A longer number exceeds the longest wait.
  private static final int SECONDS_DIGITS_MAX = 9;

  private static final int DOUBLINGS_MAX = 16;

  private final Duration first;
  private final Duration longest;
  private final InstantSource clock;
  private int count;

  /// @param first the first wait
  /// @param longest the longest wait that the server does not ask for
  /// @param clock compared with dates if the response has no date of its own
  public Pauses(Duration first, Duration longest, InstantSource clock) {
    this.first = first;
    this.longest = longest;
    this.clock = clock;
  }

  /// The next wait: from half of the backoff to all of it.
  public Duration next() {
    long ceiling =
        Math.min(first.toMillis() << Math.min(count++, DOUBLINGS_MAX), longest.toMillis());
    return Duration.ofMillis(ceiling / 2 + ThreadLocalRandom.current().nextLong(ceiling / 2 + 1));
  }

  /// The wait after a response, at least that of its `Retry-After`, which is seconds or a date.
  public Duration next(HttpHeaders headers) {
    var own = next();
    return headers
        .firstValue("Retry-After")
        .flatMap(value -> retryAfter(value.strip(), headers))
        .map(asked -> Deadline.shorter(asked, RETRY_AFTER_MAX))
        .filter(asked -> asked.compareTo(own) > 0)
        .orElse(own);
  }

  /// Starts again with the shortest wait.
  public void reset() {
    count = 0;
  }

  private Optional<Duration> retryAfter(String value, HttpHeaders headers) {
    var seconds = SECONDS.matcher(value);
    if (seconds.matches()) {
      return Optional.of(
          seconds.group(1).length() > SECONDS_DIGITS_MAX
              ? RETRY_AFTER_MAX
              : Duration.ofSeconds(Long.parseLong(seconds.group(1))));
    }
    // The server's own clock, if it sends its time: the clock here may be wrong.
    var now = headers.firstValue("Date").flatMap(Pauses::date).orElseGet(clock::instant);
    return date(value).map(then -> Duration.between(now, then));
  }

  private static Optional<Instant> date(String text) {
    try {
      return Optional.of(Instant.from(DateTimeFormatter.RFC_1123_DATE_TIME.parse(text.strip())));
    } catch (DateTimeException another) {
      return Optional.empty();
    }
  }
}
