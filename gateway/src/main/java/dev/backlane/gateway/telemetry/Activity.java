package dev.backlane.gateway.telemetry;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.Timer;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BinaryOperator;

/// What this process has done since its start, or between two moments: by route, by tenant and by
/// upstream, as the meters of [OperationMetrics] and [HttpMetrics] counted it. To read it costs a
/// pass over the meters, and no access to the store. Immutable.
///
/// @param routes by the name of the route; empty: no declared route
/// @param tenants by the label of the tenant; [OperationMetrics#OTHER_TENANTS]: all beyond the
///     bound
/// @param upstreams by host and port
public record Activity(
    Map<String, OfRoute> routes, Map<String, OfTenant> tenants, Map<String, OfUpstream> upstreams) {
  /// Nothing was done.
  public static final Activity NONE = new Activity(Map.of(), Map.of(), Map.of());

  private static final int CLIENT_ERROR = 400;
  private static final int SERVER_ERROR = 500;

  public Activity {
    routes = Map.copyOf(routes);
    tenants = Map.copyOf(tenants);
    upstreams = Map.copyOf(upstreams);
  }

  /// Operations of one route.
  ///
  /// @param queued from the 202 to the start of the first attempt
  /// @param attempts from the connect to the end of the response
  /// @param endToEnd from the receipt to the end, of those that finished or failed
  /// @param failed those of `endToEnd` that failed
  public record OfRoute(Durations queued, Durations attempts, Durations endToEnd, long failed) {
    public static final OfRoute NONE =
        new OfRoute(Durations.NONE, Durations.NONE, Durations.NONE, 0);

    OfRoute plus(OfRoute more) {
      return new OfRoute(
          queued.plus(more.queued),
          attempts.plus(more.attempts),
          endToEnd.plus(more.endToEnd),
          failed + more.failed);
    }

    OfRoute since(OfRoute before) {
      return new OfRoute(
          queued.since(before.queued),
          attempts.since(before.attempts),
          endToEnd.since(before.endToEnd),
          failed - before.failed);
    }
  }

  /// Operations of one tenant.
  public record OfTenant(long accepted, long finished, long failed, long canceled) {
    static final OfTenant NONE = new OfTenant(0, 0, 0, 0);

    OfTenant plus(OfTenant more) {
      return new OfTenant(
          accepted + more.accepted,
          finished + more.finished,
          failed + more.failed,
          canceled + more.canceled);
    }

    OfTenant since(OfTenant before) {
      return new OfTenant(
          accepted - before.accepted,
          finished - before.finished,
          failed - before.failed,
          canceled - before.canceled);
    }

    /// Whether the tenant did anything.
    public boolean any() {
      return accepted + finished + failed + canceled > 0;
    }
  }

  /// Requests to one upstream, of attempts and of proxied calls.
  ///
  /// @param requests from the connect to the end of the response
  /// @param clientErrors with a status from 400 to 499
  /// @param serverErrors with a status from 500
  /// @param noResponse without a response
  public record OfUpstream(
      Durations requests, long clientErrors, long serverErrors, long noResponse) {
    static final OfUpstream NONE = new OfUpstream(Durations.NONE, 0, 0, 0);

    OfUpstream plus(OfUpstream more) {
      return new OfUpstream(
          requests.plus(more.requests),
          clientErrors + more.clientErrors,
          serverErrors + more.serverErrors,
          noResponse + more.noResponse);
    }

    OfUpstream since(OfUpstream before) {
      return new OfUpstream(
          requests.since(before.requests),
          clientErrors - before.clientErrors,
          serverErrors - before.serverErrors,
          noResponse - before.noResponse);
    }
  }

  /// What was done after an earlier moment.
  public Activity since(Activity before) {
    return new Activity(
        since(routes, before.routes, OfRoute.NONE, OfRoute::since),
        since(tenants, before.tenants, OfTenant.NONE, OfTenant::since),
        since(upstreams, before.upstreams, OfUpstream.NONE, OfUpstream::since));
  }

  private static <T> Map<String, T> since(
      Map<String, T> now, Map<String, T> before, T none, BinaryOperator<T> difference) {
    var since = new HashMap<String, T>();
    now.forEach(
        (name, value) -> since.put(name, difference.apply(value, before.getOrDefault(name, none))));
    return since;
  }

  /// All routes together.
  public OfRoute total() {
    return routes.values().stream().reduce(OfRoute.NONE, OfRoute::plus);
  }

  /// Reads meters; others than those of operations and of requests to upstreams are skipped.
  static Activity of(Collection<Meter> meters) {
    var routes = new HashMap<String, OfRoute>();
    var tenants = new HashMap<String, OfTenant>();
    var upstreams = new HashMap<String, OfUpstream>();
    for (Meter meter : meters) {
      switch (meter) {
        case Timer timer when timer.getId().getName().equals(OperationMetrics.QUEUE) ->
            routes.merge(
                tag(timer, "route"),
                new OfRoute(durations(timer), Durations.NONE, Durations.NONE, 0),
                OfRoute::plus);
        case Timer timer when timer.getId().getName().equals(OperationMetrics.ATTEMPT) ->
            routes.merge(
                tag(timer, "route"),
                new OfRoute(Durations.NONE, durations(timer), Durations.NONE, 0),
                OfRoute::plus);
        case Timer timer when timer.getId().getName().equals(OperationMetrics.OPERATION) ->
            routes.merge(tag(timer, "route"), ended(timer), OfRoute::plus);
        case Timer timer when timer.getId().getName().equals(HttpMetrics.SENT) ->
            upstreams.merge(
                tag(timer, "server.address") + ":" + tag(timer, "server.port"),
                sent(timer),
                OfUpstream::plus);
        case Counter counter when counter.getId().getName().equals(OperationMetrics.TENANT) ->
            tenants.merge(tag(counter, "tenant"), ofTenant(counter), OfTenant::plus);
        default -> {}
      }
    }
    return new Activity(routes, tenants, upstreams);
  }

  // A canceled operation ends when its caller wants it to.
  private static OfRoute ended(Timer timer) {
    var phase = tag(timer, "phase");
    return phase.equals("canceled")
        ? OfRoute.NONE
        : new OfRoute(
            Durations.NONE,
            Durations.NONE,
            durations(timer),
            phase.equals("failed") ? timer.count() : 0);
  }

  private static OfUpstream sent(Timer timer) {
    int status = Integer.parseInt(tag(timer, "http.response.status_code"));
    long count = timer.count();
    return new OfUpstream(
        durations(timer),
        status >= CLIENT_ERROR && status < SERVER_ERROR ? count : 0,
        status >= SERVER_ERROR ? count : 0,
        status == 0 ? count : 0);
  }

  private static OfTenant ofTenant(Counter counter) {
    long count = (long) counter.count();
    return switch (tag(counter, "event")) {
      case "accepted" -> new OfTenant(count, 0, 0, 0);
      case "finished" -> new OfTenant(0, count, 0, 0);
      case "failed" -> new OfTenant(0, 0, count, 0);
      case "canceled" -> new OfTenant(0, 0, 0, count);
      case String other -> throw new IllegalStateException("no event of a tenant: " + other);
    };
  }

  private static Durations durations(Timer timer) {
    return Durations.of(timer.takeSnapshot());
  }

  private static String tag(Meter meter, String name) {
    var value = meter.getId().getTag(name);
    if (value == null) {
      throw new IllegalStateException(meter.getId() + " has no tag " + name);
    }
    return value;
  }
}
