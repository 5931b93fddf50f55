package dev.backlane.store.testkit;

import dev.backlane.engine.background.Threads;
import dev.backlane.engine.execution.Completions;
import dev.backlane.engine.execution.Dispatcher;
import dev.backlane.engine.execution.ExecutionPolicy;
import dev.backlane.engine.execution.Routes;
import dev.backlane.engine.execution.Surroundings;
import dev.backlane.engine.execution.Upstream;
import dev.backlane.engine.operation.RetryPolicy;
import dev.backlane.engine.store.OperationStore;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Random;

/// Dispatchers for four attempts at a time, whose operations have one attempt each.
final class TestDispatchers {
  static final String HOLDER = "test";
  static final Duration LEASE_LIFETIME = Duration.ofDays(1);

  private TestDispatchers() {}

  static Dispatcher dispatcher(
      OperationStore store, Upstream upstream, Threads threads, InstantSource clock) {
    var retry =
        new RetryPolicy(
            1,
            Duration.ofHours(1),
            Duration.ofSeconds(1),
            Duration.ofSeconds(1),
            Duration.ofSeconds(1),
            RetryPolicy.RETRY_ON_DEFAULT,
            false);
    return new Dispatcher(
        store,
        upstream,
        new Routes(List.of(), new ExecutionPolicy(retry, Duration.ofSeconds(10))),
        new Completions(),
        new Dispatcher.Crew(HOLDER, LEASE_LIFETIME, 4, 0, Duration.ZERO),
        new Surroundings(threads, clock, new Random(1)));
  }
}
