package dev.backlane.engine.execution;

import dev.backlane.engine.operation.Request;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The policies of the declared routes. The first route that matches a request applies. Immutable.
public final class Routes {
  /// The name of the route if none matches.
  public static final String NONE = "";

  /// One route.
  ///
  /// @param path the paths it covers
  /// @param methods the methods it covers; empty means all
  /// @param concurrency attempts in flight at most; 0 means no limit
  /// @param policy how its operations are executed
  public record Route(
      PathPattern path, Set<String> methods, int concurrency, ExecutionPolicy policy) {
    public Route {
      methods = Set.copyOf(methods);
    }

    /// Methods and path as they are declared, such as `POST /invoices/*/release`.
    public String name() {
      var sorted = String.join(",", new TreeSet<>(methods));
      return sorted.isEmpty() ? path.toString() : sorted + " " + path;
    }

    boolean covers(Request request) {
      return (methods.isEmpty() || methods.contains(request.method()))
          && path.matches(request.path());
    }
  }

  private final List<Route> routes;
  private final ExecutionPolicy otherwise;
  private final Map<String, Integer> concurrency;

  /// @param routes in the order in which they were declared
  /// @param otherwise the policy of requests that match no route
  public Routes(List<Route> routes, ExecutionPolicy otherwise) {
    this.routes = List.copyOf(routes);
    this.otherwise = otherwise;
    this.concurrency =
        routes.stream()
            .filter(route -> route.concurrency() > 0)
            .collect(Collectors.toUnmodifiableMap(Route::name, Route::concurrency, Math::min));
  }

  /// The routes in the order in which they were declared.
  public List<Route> routes() {
    return routes;
  }

  /// The policy of requests that match no route.
  public ExecutionPolicy otherwise() {
    return otherwise;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Routes that
        && routes.equals(that.routes)
        && otherwise.equals(that.otherwise);
  }

  @Override
  public int hashCode() {
    return Objects.hash(routes, otherwise);
  }

  /// The policy for a request.
  public ExecutionPolicy policyOf(Request request) {
    return routeOf(request).map(Route::policy).orElse(otherwise);
  }

  /// The name of the route that covers a request; [#NONE] if none does.
  public String nameOf(Request request) {
    return routeOf(request).map(Route::name).orElse(NONE);
  }

  /// The names of the declared routes, and [#NONE].
  public Set<String> names() {
    var names = routes.stream().map(Route::name).collect(Collectors.toCollection(TreeSet::new));
    names.add(NONE);
    return names;
  }

  /// The names of the routes, and [#NONE], by the time after which no attempt of their operations
  /// may begin.
  Map<Duration, Set<String>> byMaxDuration() {
    var byDuration = new HashMap<Duration, Set<String>>();
    var named = new HashSet<String>();
    for (var route : routes) {
      if (named.add(route.name())) {
        add(byDuration, route.policy(), route.name());
      }
    }
    add(byDuration, otherwise, NONE);
    return byDuration;
  }

  private static void add(
      Map<Duration, Set<String>> byDuration, ExecutionPolicy policy, String name) {
    byDuration.computeIfAbsent(policy.retry().maxDuration(), _ -> new HashSet<>()).add(name);
  }

  private Optional<Route> routeOf(Request request) {
    return routes.stream().filter(route -> route.covers(request)).findFirst();
  }

  /// The most attempts in flight of a route, by its name; [Integer#MAX_VALUE] if it has no limit.
  int concurrencyOf(String name) {
    return concurrency.getOrDefault(name, Integer.MAX_VALUE);
  }
}
