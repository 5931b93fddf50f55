package dev.backlane.gateway.dashboard.overview;

import dev.backlane.engine.execution.permits.RouteLoad;
import dev.backlane.gateway.dashboard.page.Text;
import dev.backlane.gateway.telemetry.Activity;
import dev.backlane.gateway.telemetry.Durations;
import dev.backlane.gateway.telemetry.OperationMetrics;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/// Where the time goes, and whose calls they are: latencies of all operations, and what was done by
/// route, tenant and upstream. Immutable.
///
/// @param tenants the most active ones, at most [#TENANTS_MAX]
/// @param moreTenants how many other tenants were active
public record Breakdown(
    List<Latency> latencies,
    List<RouteRow> routes,
    List<TenantRow> tenants,
    int moreTenants,
    List<UpstreamRow> upstreams) {
  /// The most tenants that are shown.
  static final int TENANTS_MAX = 10;

  private static final double MEDIAN = 0.5;
  private static final double P95 = 0.95;
  private static final double P99 = 0.99;

  public Breakdown {
    latencies = List.copyOf(latencies);
    routes = List.copyOf(routes);
    tenants = List.copyOf(tenants);
    upstreams = List.copyOf(upstreams);
  }

  /// The percentiles of a row.
  public interface Percentiles {
    /// Of which they are.
    Durations durations();

    default String median() {
      return percentile(durations(), MEDIAN);
    }

    default String p95() {
      return percentile(durations(), P95);
    }

    default String p99() {
      return percentile(durations(), P99);
    }
  }

  /// How long one step takes.
  ///
  /// @param step such as `Queue wait`
  /// @param meaning from when to when
  public record Latency(String step, String meaning, Durations durations) implements Percentiles {}

  /// One route.
  ///
  /// @param name empty: no declared route
  /// @param load of this node; empty: the route has none at present
  public record RouteRow(String name, Activity.OfRoute activity, Optional<RouteLoad> load) {
    /// The 95th percentile of the wait in the queue.
    public String queued() {
      return percentile(activity.queued(), P95);
    }

    /// The 95th percentile of attempts.
    public String attempt() {
      return percentile(activity.attempts(), P95);
    }

    /// The 95th percentile from the receipt to the end.
    public String endToEnd() {
      return percentile(activity.endToEnd(), P95);
    }
  }

  /// One tenant.
  ///
  /// @param others whether these are all tenants without a label of their own
  public record TenantRow(String name, boolean others, Activity.OfTenant activity) {}

  /// One upstream.
  ///
  /// @param address host and port
  public record UpstreamRow(String address, Activity.OfUpstream activity) implements Percentiles {
    @Override
    public Durations durations() {
      return activity.requests();
    }
  }

  /// @param loads the present load of each route
  static Breakdown of(Activity activity, Map<String, RouteLoad> loads) {
    var active = tenants(activity);
    return new Breakdown(
        latencies(activity.total()),
        routes(activity, loads),
        active.stream().limit(TENANTS_MAX).toList(),
        Math.max(0, active.size() - TENANTS_MAX),
        activity.upstreams().entrySet().stream()
            .map(each -> new UpstreamRow(each.getKey(), each.getValue()))
            .sorted(Comparator.comparing(UpstreamRow::address))
            .toList());
  }

  private static List<Latency> latencies(Activity.OfRoute all) {
    return List.of(
        new Latency("Queue wait", "from the 202 to the first attempt", all.queued()),
        new Latency("Attempt", "from the connect to the end of the response", all.attempts()),
        new Latency("End to end", "from the receipt to the end of the operation", all.endToEnd()));
  }

  private static List<RouteRow> routes(Activity activity, Map<String, RouteLoad> loads) {
    var names = new TreeSet<>(activity.routes().keySet());
    names.addAll(loads.keySet());
    return names.stream()
        .map(name ->
            new RouteRow(
                name,
                activity.routes().getOrDefault(name, Activity.OfRoute.NONE),
                Optional.ofNullable(loads.get(name))))
        .toList();
  }

  // Those without a label of their own are last.
  private static List<TenantRow> tenants(Activity activity) {
    return activity.tenants().entrySet().stream()
        .filter(each -> each.getValue().any())
        .map(each ->
            new TenantRow(
                each.getKey(),
                each.getKey().equals(OperationMetrics.OTHER_TENANTS),
                each.getValue()))
        .sorted(
            Comparator.comparing(TenantRow::others)
                .thenComparingLong(row -> -row.activity().accepted())
                .thenComparingLong(row -> -row.activity().failed())
                .thenComparing(TenantRow::name))
        .toList();
  }

  private static String percentile(Durations durations, double share) {
    return durations
        .percentile(share)
        .map(each -> (each.beyond() ? "over " : "") + Text.duration(each.duration()))
        .orElse("");
  }
}
