package dev.backlane.app.config;

import dev.backlane.engine.execution.PathPattern;
import dev.backlane.engine.operation.RetryPolicy;
import java.time.Duration;
import java.util.Set;

/// What the API's owner declares about the calls of one path, with the general settings where it is silent.
///
/// @param path the raw path as received, prefix included, without query
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
}
