package dev.backlane.client.http;

import java.net.http.HttpHeaders;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;

/// The waits between requests that are repeated: what the server asks for with `Retry-After`, or
/// exponential backoff with jitter. For one thread.
public final class Pauses {
  /// The longest wait that a server can cause.
  private static final Duration RETRY_AFTER_MAX = Duration.ofMinutes(5);

  private static final int DOUBLINGS_MAX = 16;

  private final Duration first;
  private final Duration longest;
  private int count;

  public Pauses(Duration first, Duration longest) {
    this.first = first;
    this.longest = longest;
  }

  /// The next wait: from half of the backoff to all of it.
  public Duration next() {
    long ceiling =
        Math.min(first.toMillis() << Math.min(count++, DOUBLINGS_MAX), longest.toMillis());
    return Duration.ofMillis(ceiling / 2 + ThreadLocalRandom.current().nextLong(ceiling / 2 + 1));
  }

  /// The wait after a response, at least that of its `Retry-After` in seconds.
  public Duration next(HttpHeaders headers) {
    var own = next();
    return retryAfter(headers).filter(asked -> asked.compareTo(own) > 0).orElse(own);
  }

  /// Starts again with the shortest wait.
  public void reset() {
    count = 0;
  }

  private static Optional<Duration> retryAfter(HttpHeaders headers) {
    // A number beyond any real wait is as good as the longest one.
    return headers
        .firstValue("Retry-After")
        .map(String::strip)
        .filter(value -> value.matches("[0-9]{1,9}"))
        .map(value -> Deadline.shorter(Duration.ofSeconds(Long.parseLong(value)), RETRY_AFTER_MAX));
  }
}
