package dev.backlane.engine.execution;

import dev.backlane.engine.operation.Request;
import java.util.List;
import java.util.Set;

/// Which policy holds for which request. The first route that matches decides; the default holds for the rest. Immutable.
///
/// @param routes in the order in which they were declared
/// @param otherwise the policy of requests that no route matches
public record Routes(List<Route> routes, ExecutionPolicy otherwise) {

  /// One route.
  ///
  /// @param path the paths it covers
  /// @param methods the methods it covers; empty: all
  /// @param policy how its operations are executed
  public record Route(PathPattern path, Set<String> methods, ExecutionPolicy policy) {
    public Route {
      methods = Set.copyOf(methods);
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
    return routes.stream()
        .filter(route -> route.covers(request))
        .findFirst()
        .map(Route::policy)
        .orElse(otherwise);
  }
}
