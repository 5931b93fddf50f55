package dev.backlane.gateway.telemetry;

import dev.backlane.gateway.http.Call;
import dev.backlane.gateway.http.CallReport;
import dev.backlane.gateway.upstream.UpstreamClient;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.net.URI;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/// The requests of clients and those to the upstream, by the semantic conventions of OpenTelemetry
/// for HTTP, and what the gateway refused. The values of labels come from small sets: no label has
/// a path, or a method that clients can invent. Thread-safe.
public final class HttpMetrics implements CallReport.Listener, UpstreamClient.Listener {
  /// The methods that have a label; all others are `_OTHER`.
  private static final Set<String> METHODS =
      Set.of("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT");

  /// Requests to the upstream.
  static final String SENT = "http.client.request.duration";

  private static final String OTHER = "_OTHER";
  private static final int UNAUTHORIZED = 401;
  private static final int CLIENT_ERROR = 400;
  private static final int SERVER_ERROR = 500;

  private record Served(CallReport.Kind kind, String method, int status, boolean secure) {}

  private record Sent(String method, int status, boolean aborted) {}

  private final MeterRegistry registry;
  private final String address;
  private final String port;
  private final String scheme;
  private final Map<Served, Timer> served = new ConcurrentHashMap<>();
  private final Map<Sent, Timer> sent = new ConcurrentHashMap<>();
  private final Map<String, Counter> refused = new ConcurrentHashMap<>();
  private final Counter wrongCallers;
  private final Counter wrongOperators;

  /// @param upstream the server of the requests that are sent
  public HttpMetrics(MetricsRegistry metrics, URI upstream) {
    this.registry = metrics.meters();
    this.scheme = upstream.getScheme().toLowerCase(Locale.ROOT);
    this.address = String.valueOf(upstream.getHost());
    int defaultPort = scheme.equals("https") ? 443 : 80;
    this.port = Integer.toString(upstream.getPort() < 0 ? defaultPort : upstream.getPort());
    this.wrongCallers = failures("caller");
    this.wrongOperators = failures("operator");
  }

  private Counter failures(String who) {
    return Counter.builder("backlane.authentication.failures")
        .description("Requests refused with 401, by who sent them: callers or operators")
        .tag("who", who)
        .register(registry);
  }

  @Override
  public void ended(Call call, long tookNanos) {
    var report = call.report();
    int status = call.responded() ? call.response().status() : 0;
    var key = new Served(report.kind(), known(call.method()), status, call.secure());
    served.computeIfAbsent(key, this::timer).record(tookNanos, TimeUnit.NANOSECONDS);
    report
        .refusal()
        .ifPresent(reason -> {
          refused.computeIfAbsent(reason, this::refusals).increment();
          if (status == UNAUTHORIZED) {
            (report.kind() == CallReport.Kind.OPERATOR ? wrongOperators : wrongCallers).increment();
          }
        });
  }

  private Timer timer(Served key) {
    return Buckets.ofRequests("http.server.request.duration")
        .description(
            "Requests of clients, from the head to the end of the response; status 0: the"
                + " connection was closed before a response")
        .tag("http.request.method", key.method())
        .tag("http.response.status_code", Integer.toString(key.status()))
        .tag("url.scheme", key.secure() ? "https" : "http")
        .tag("error.type", error(key.status(), SERVER_ERROR, "client_gone"))
        .tag("backlane.call.kind", key.kind().name().toLowerCase(Locale.ROOT))
        .register(registry);
  }

  private Counter refusals(String reason) {
    return Counter.builder("backlane.calls.refused")
        .description("Requests that the gateway itself refused, by reason")
        .tag("reason", reason)
        .register(registry);
  }

  @Override
  public void ended(String method, int statusCode, boolean aborted, long tookNanos) {
    var key = new Sent(known(method), statusCode, aborted);
    sent.computeIfAbsent(key, this::timer).record(tookNanos, TimeUnit.NANOSECONDS);
  }

  private Timer timer(Sent key) {
    return Buckets.ofLongWork(SENT)
        .description(
            "Requests to the upstream, of attempts and of proxied calls, from the connect to the"
                + " end of the response; status 0: there was no response")
        .tag("http.request.method", key.method())
        .tag("http.response.status_code", Integer.toString(key.status()))
        .tag("url.scheme", scheme)
        .tag("server.address", address)
        .tag("server.port", port)
        .tag(
            "error.type",
            error(key.status(), CLIENT_ERROR, key.aborted() ? "aborted" : "no_response"))
        .register(registry);
  }

  private static String error(int status, int from, String without) {
    if (status == 0) {
      return without;
    }
    return status >= from ? Integer.toString(status) : "";
  }

  private static String known(String method) {
    return METHODS.contains(method) ? method : OTHER;
  }
}
