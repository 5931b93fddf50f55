package dev.backlane.engine.execution.permits;

import dev.backlane.engine.store.queue.QueueKey;
import java.time.Duration;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The concurrency limits of routes, for all tenants together.
///
/// What the upstream refuses to one tenant limits that tenant only ([ConcurrencyLimits]). If it
/// refuses calls of nearly all tenants, it is overloaded itself, and many tenants with one attempt
/// each would keep it so. Then the total of the route decreases, and increases again, like the
/// limit of a tenant ([ConcurrencyLimit]).
///
/// Nearly all: more than three of four tenants, and at least two, among those with an attempt in
/// flight or ended within [#WINDOW]. So a few tenants that exceed their quota do not limit the
/// others. Not thread-safe: guarded by [ExecutionPermits].
final class RouteLimits {
  private static final Logger LOG = LoggerFactory.getLogger(RouteLimits.class);

  /// How long the end of an attempt shows how the upstream treats its tenant.
  static final Duration WINDOW = Duration.ofSeconds(10);

  /// The most tenants of a route that are remembered: those with the latest attempts.
  private static final int TENANTS_MAX = 64;

  /// The most routes that are remembered. Stored operations may have routes of any number of
  /// earlier configurations.
  private static final int ROUTES_MAX = 1_000;

  private static final int TENANTS_MIN = 2;

  private final Supplier<Concurrency> concurrency;
  private final Map<String, Route> routes = bounded(ROUTES_MAX);

  /// When attempts of a tenant last ended.
  ///
  /// @param refusedNanos the last that was refused or slow; null: none
  private record Ends(long lastNanos, @Nullable Long refusedNanos) {}

  private static final class Route {
    private final Map<String, Ends> tenants = bounded(TENANTS_MAX);
    private @Nullable ConcurrencyLimit limit;
    private long endedNanos;
    private boolean reported;
  }

  RouteLimits(Supplier<Concurrency> concurrency) {
    this.concurrency = concurrency;
  }

  private static <V> Map<String, V> bounded(int max) {
    return new LinkedHashMap<>(16, 0.75f, true) {
      private static final long serialVersionUID = 1L;

      @Override
      protected boolean removeEldestEntry(Map.Entry<String, V> eldest) {
        return size() > max;
      }
    };
  }

  /// How many attempts of a route may be in flight; [Integer#MAX_VALUE] if it is not limited.
  int of(String route) {
    var known = routes.get(route);
    return known == null || known.limit == null ? Integer.MAX_VALUE : known.limit.current();
  }

  /// Adapts the limit of a route to the result of an attempt.
  ///
  /// @param refused whether the upstream responded with 429 or 503, or too late
  /// @param inFlight the attempts in flight by tenant and route, including this one
  void ended(
      QueueKey key,
      long startedNanos,
      long nowNanos,
      boolean refused,
      Map<QueueKey, Integer> inFlight) {
    var route = routes.computeIfAbsent(key.lane(), _ -> new Route());
    var before = route.tenants.get(key.owner());
    var lastRefused = before == null ? null : before.refusedNanos;
    route.tenants.put(key.owner(), new Ends(nowNanos, refused ? (Long) nowNanos : lastRefused));
    route.endedNanos = nowNanos;
    if (refused ? !allRefused(route, key.lane(), nowNanos, inFlight) : route.limit == null) {
      return;
    }
    var limit = route.limit == null ? new ConcurrencyLimit(concurrency) : route.limit;
    route.limit = limit;
    int running = 0;
    for (var each : inFlight.entrySet()) {
      running += each.getKey().lane().equals(key.lane()) ? each.getValue() : 0;
    }
    limit.ended(startedNanos, nowNanos, refused, running);
    report(key.lane(), route, limit.current());
  }

  private static boolean allRefused(
      Route route, String lane, long nowNanos, Map<QueueKey, Integer> inFlight) {
    Set<String> tenants = new HashSet<>();
    int refused = 0;
    for (var each : route.tenants.entrySet()) {
      var ends = each.getValue();
      if (nowNanos - ends.lastNanos <= WINDOW.toNanos()) {
        tenants.add(each.getKey());
        refused +=
            ends.refusedNanos != null && nowNanos - ends.refusedNanos <= WINDOW.toNanos() ? 1 : 0;
      }
    }
    for (var key : inFlight.keySet()) {
      if (key.lane().equals(lane)) {
        tenants.add(key.owner());
      }
    }
    return refused >= TENANTS_MIN && 4 * refused > 3 * tenants.size();
  }

  private void report(String name, Route route, int current) {
    int max = concurrency.get().max();
    if (!route.reported && 2 * current < max) {
      route.reported = true;
      LOG.warn(
          "The upstream refuses calls of nearly all tenants on route {} (429, 503) or is slow: at"
              + " most {} of them run at the same time instead of {}",
          shown(name),
          current,
          max);
    } else if (current == max) {
      lift(name, route);
    }
  }

  private void lift(String name, Route route) {
    route.limit = null;
    if (route.reported) {
      route.reported = false;
      LOG.info(
          "Calls on route {} are no longer limited for all tenants together: {} of them may run at"
              + " the same time",
          shown(name),
          concurrency.get().max());
    }
  }

  /// Lifts the limits of routes that had no attempt for some time.
  void prune(long nowNanos) {
    for (var each : routes.entrySet()) {
      var route = each.getValue();
      if (route.limit != null
          && nowNanos - route.endedNanos > ConcurrencyLimits.IDLE_MAX.toNanos()) {
        lift(each.getKey(), route);
      }
    }
  }

  /// The name of a route in a log line.
  static String shown(String route) {
    return route.isEmpty() ? "(none)" : route;
  }
}
