package dev.backlane.gateway.ratelimit;

import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.LoadingCache;
import dev.backlane.engine.operation.Caller;
import dev.backlane.engine.operation.Header;
import dev.backlane.gateway.http.ProblemException;
import dev.backlane.protocol.Headers;
import dev.backlane.protocol.ProblemType;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.ConsumptionProbe;
import io.helidon.webserver.http.ServerResponse;
import java.time.Duration;
import java.util.List;

/// Bounds what one client of one company may ask for in a minute (CONTRACT 1.5): each has a bucket that is full at first and is
/// filled again once a minute. Counts in this process. Thread-safe.
public final class RateLimit {
  private static final Duration WINDOW = Duration.ofMinutes(1);

  /// Companies' clients that are counted at a time; of more, the one unseen for longest begins anew.
  private static final int CALLERS_MAX = 100_000;

  private final String kind;
  private final long perMinute;
  private final LoadingCache<Key, Bucket> buckets;

  private record Key(String tenant, String client) {}

  /// @param kind what is counted, for `X-RateLimit-Policy`
  /// @param perMinute 0: no bound, and nothing is counted
  public RateLimit(String kind, long perMinute) {
    this.kind = kind;
    this.perMinute = perMinute;
    this.buckets =
        Caffeine.newBuilder()
            .maximumSize(CALLERS_MAX)
            .expireAfterAccess(WINDOW.multipliedBy(2))
            .build(_ -> full(perMinute));
  }

  private static Bucket full(long perMinute) {
    return Bucket.builder()
        .addLimit(limit -> limit.capacity(perMinute).refillIntervally(perMinute, WINDOW))
        .build();
  }

  /// Counts one request, and tells its sender what is left.
  ///
  /// @throws ProblemException 429 with `Retry-After` if nothing is
  public void admit(Caller caller, ServerResponse response) {
    if (perMinute == 0) {
      return;
    }
    var bucket = buckets.get(new Key(caller.tenant(), caller.client()));
    var probe = bucket.tryConsumeAndReturnRemaining(1);
    var told = told(probe);
    if (!probe.isConsumed()) {
      var lines = new Header[told.size() + 1];
      told.toArray(lines);
      lines[told.size()] =
          new Header(Headers.RETRY_AFTER, Long.toString(seconds(probe.getNanosToWaitForRefill())));
      throw new ProblemException(
          ProblemType.RATE_LIMITED,
          "This client may make " + perMinute + " " + kind + " a minute. Try again later.",
          lines);
    }
    told.forEach(line -> response.header(line.name(), line.value()));
  }

  private List<Header> told(ConsumptionProbe probe) {
    return List.of(
        new Header(Headers.RATE_LIMIT_LIMIT, Long.toString(perMinute)),
        new Header(Headers.RATE_LIMIT_REMAINING, Long.toString(probe.getRemainingTokens())),
        new Header(
            Headers.RATE_LIMIT_RESET, Long.toString(seconds(probe.getNanosToWaitForReset()))),
        new Header(
            Headers.RATE_LIMIT_POLICY,
            perMinute + ";w=" + WINDOW.toSeconds() + ";comment=\"" + kind + "\""));
  }

  /// Rounded up, so that whoever waits for them does not come too early.
  private static long seconds(long nanos) {
    return (nanos + 999_999_999) / 1_000_000_000;
  }
}
