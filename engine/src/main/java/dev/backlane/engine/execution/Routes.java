package dev.backlane.engine.execution;

import dev.backlane.engine.operation.Request;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/// Which policy holds for which request. The first route that matches decides; the default holds for the rest. Immutable.
///
/// @param routes in the order in which they were declared
/// @param otherwise the policy of requests that no route matches
public record Routes(List<Route> routes, ExecutionPolicy otherwise) {
  /// The name of no route.
  public static final String NONE = "";

  /// One route.
  ///
  /// @param path the paths it covers
  /// @param methods the methods it covers; empty: all
  /// @param concurrency attempts of it at a time; 0: as many as there are
  /// @param policy how its operations are executed
  public record Route(
      PathPattern path, Set<String> methods, int concurrency, ExecutionPolicy policy) {
    public Route {
      methods = Set.copyOf(methods);
    }

    /// Methods and path as they are written, such as `POST /invoices/*/release`.
    public String name() {
      var sorted = String.join(",", new TreeSet<>(methods));
      return sorted.isEmpty() ? path.toString() : sorted + " " + path;
    }

    boolean covers(Request request) {
      return (methods.isEmpty() || methods.contains(request.method()))
          && path.matches(request.path());
    }
  }

  public Routes {
    routes = List.copyOf(routes);
  }

  /// The policy for a request.
  public ExecutionPolicy policyOf(Request request) {
    return routeOf(request).map(Route::policy).orElse(otherwise);
  }

  /// The name of the route that covers a request; [#NONE] if none does.
  public String nameOf(Request request) {
    return routeOf(request).map(Route::name).orElse(NONE);
  }

  private Optional<Route> routeOf(Request request) {
    return routes.stream().filter(route -> route.covers(request)).findFirst();
  }

  /// The bounds of the routes that have one.
  Map<String, Integer> concurrency() {
    return routes.stream()
        .filter(route -> route.concurrency() > 0)
        .collect(Collectors.toMap(Route::name, Route::concurrency, Math::min));
  }
}
