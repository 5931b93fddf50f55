package dev.backlane.app.config;

import dev.backlane.engine.operation.RetryPolicy;
import java.time.Duration;
import java.util.Set;

/// What the API's owner declares about the calls of one path, with the general settings where it is silent.
///
/// @param methods in upper case; empty: all
/// @param concurrency attempts at the same time; 0: no bound of its own
/// @param retry as `execution`, with what the route says otherwise
/// @param attemptTimeout of one attempt
public record RouteConfig(
    PathPattern path,
    Set<String> methods,
    int concurrency,
    RetryPolicy retry,
    Duration attemptTimeout) {
  public RouteConfig {
    methods = Set.copyOf(methods);
  }

  /// The route of calls that no other matches.
  static RouteConfig everywhere(RetryPolicy retry, Duration attemptTimeout) {
    return new RouteConfig(PathPattern.of("/**"), Set.of(), 0, retry, attemptTimeout);
  }

  /// Tells whether a call is one of this route.
  ///
  /// @param rawPath as received, percent-encoding and prefix included, without query
  public boolean matches(String method, String rawPath) {
    return (methods.isEmpty() || methods.contains(method)) && path.matches(rawPath);
  }
}
