package dev.backlane.gateway.ratelimit;

import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.LoadingCache;
import dev.backlane.engine.operation.Caller;
import dev.backlane.engine.operation.Header;
import dev.backlane.gateway.http.ProblemException;
import dev.backlane.gateway.http.ResponseHead;
import dev.backlane.protocol.Headers;
import dev.backlane.protocol.ProblemType;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.ConsumptionProbe;
import java.time.Duration;
import java.util.List;
import java.util.function.IntSupplier;

/// Limits the requests that one client of one tenant may make in a minute (CONTRACT 1.5): each has
/// a token bucket that is full at first and is refilled once a minute. Counts in this process only.
/// Thread-safe.
public final class RateLimit {
  private static final Duration WINDOW = Duration.ofMinutes(1);

  /// Callers with a bucket at one time; beyond it, the least recently seen gets a full bucket
  /// again.
  private static final int CALLERS_MAX = 100_000;

  private final String kind;
  private final IntSupplier perMinute;
  private final LoadingCache<Key, Bucket> buckets;

  /// A change of the limit gives each caller a new bucket.
  private record Key(String tenant, String client, int perMinute) {}

  /// @param kind what is counted, for `X-RateLimit-Policy`
  /// @param perMinute 0: unlimited, and nothing is counted
  public RateLimit(String kind, int perMinute) {
    this(kind, () -> perMinute);
  }

  /// As above, with a limit that may change; it is read for each request.
  public RateLimit(String kind, IntSupplier perMinute) {
    this.kind = kind;
    this.perMinute = perMinute;
    this.buckets =
        Caffeine.newBuilder()
            .maximumSize(CALLERS_MAX)
            .expireAfterAccess(WINDOW.multipliedBy(2))
            .build(key -> full(key.perMinute()));
  }

  private static Bucket full(long perMinute) {
    return Bucket.builder()
        .addLimit(limit -> limit.capacity(perMinute).refillIntervally(perMinute, WINDOW))
        .build();
  }

  /// Counts one request, and reports in the response how many are left.
  ///
  /// @throws ProblemException 429 with `Retry-After` if none is left
  public void admit(Caller caller, ResponseHead response) {
    int limit = perMinute.getAsInt();
    if (limit == 0) {
      return;
    }
    var bucket = buckets.get(new Key(caller.tenant(), caller.client(), limit));
    var probe = bucket.tryConsumeAndReturnRemaining(1);
    var report = report(probe, limit);
    if (!probe.isConsumed()) {
      var fields = new Header[report.size() + 1];
      report.toArray(fields);
      fields[report.size()] =
          new Header(Headers.RETRY_AFTER, Long.toString(seconds(probe.getNanosToWaitForRefill())));
      throw new ProblemException(
          ProblemType.RATE_LIMITED,
          "This client may make " + limit + " " + kind + " a minute. Try again later.",
          fields);
    }
    report.forEach(field -> response.set(field.name(), field.value()));
  }

  private List<Header> report(ConsumptionProbe probe, int limit) {
    return List.of(
        new Header(Headers.RATE_LIMIT_LIMIT, Integer.toString(limit)),
        new Header(Headers.RATE_LIMIT_REMAINING, Long.toString(probe.getRemainingTokens())),
        new Header(
            Headers.RATE_LIMIT_RESET, Long.toString(seconds(probe.getNanosToWaitForReset()))),
        new Header(
            Headers.RATE_LIMIT_POLICY,
            limit + ";w=" + WINDOW.toSeconds() + ";comment=\"" + kind + "\""));
  }

  /// Rounded up, so that a client that waits this long is not too early.
  private static long seconds(long nanos) {
    return (nanos + 999_999_999) / 1_000_000_000;
  }
}
