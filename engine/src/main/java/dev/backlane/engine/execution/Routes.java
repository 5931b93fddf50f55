package dev.backlane.engine.execution;

import dev.backlane.engine.operation.Request;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The policies of the declared routes. The first route that matches a request applies.
///
/// A path is forwarded as it was received, and the upstream may understand another path than the
/// one that is spelled. So the route of the path as it is spelled and the routes of all its
/// [PathReadings] are determined. If they differ, the request gets the strictest of their policies,
/// and counts towards the lowest of their limits: no spelling gets a policy that is laxer than that
/// of the path it may mean, or escapes its limit. Immutable.
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

    private boolean meansMethod(String method) {
      return methods.isEmpty() || methods.stream().anyMatch(method::equalsIgnoreCase);
    }

    private int limit() {
      return concurrency == 0 ? Integer.MAX_VALUE : concurrency;
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
    return candidates(request).stream()
        .map(route -> route.map(Route::policy).orElse(otherwise))
        .reduce(ExecutionPolicy::stricter)
        .orElse(otherwise);
  }

  /// The name of the route towards whose limit a request counts; [#NONE] if none covers it.
  public String nameOf(Request request) {
    return candidates(request).stream()
        .flatMap(Optional::stream)
        .min(Comparator.comparingInt(Route::limit))
        .map(Route::name)
        .orElse(NONE);
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

  /// The routes that a request may be for, each once; an empty one if it may be for none.
  private Set<Optional<Route>> candidates(Request request) {
    if (routes.isEmpty()) {
      return Set.of(Optional.empty());
    }
    var candidates = new LinkedHashSet<Optional<Route>>();
    candidates.add(first(route -> route.covers(request)));
    var readings = PathReadings.of(request.path());
    if (readings.isEmpty()) {
      candidates.add(Optional.empty());
      routes.stream()
          .filter(route -> route.meansMethod(request.method()))
          .map(Optional::of)
          .forEach(candidates::add);
      return candidates;
    }
    for (var reading : readings.get()) {
      candidates.add(
          first(route -> route.meansMethod(request.method()) && route.path().covers(reading)));
    }
    return candidates;
  }

  private Optional<Route> first(Predicate<Route> covers) {
    return routes.stream().filter(covers).findFirst();
  }

  /// The most attempts in flight of a route, by its name; [Integer#MAX_VALUE] if it has no limit.
  int concurrencyOf(String name) {
    return concurrency.getOrDefault(name, Integer.MAX_VALUE);
  }
}
