package dev.backlane.store.testkit;

import dev.backlane.engine.background.Threads;
import dev.backlane.engine.execution.Completions;
import dev.backlane.engine.execution.Dispatcher;
import dev.backlane.engine.execution.ExecutionPolicy;
import dev.backlane.engine.execution.ExecutionSettings;
import dev.backlane.engine.execution.Routes;
import dev.backlane.engine.execution.Settlement;
import dev.backlane.engine.execution.Transitions;
import dev.backlane.engine.execution.Upstream;
import dev.backlane.engine.execution.permits.Concurrency;
import dev.backlane.engine.notification.EndNotifications;
import dev.backlane.engine.operation.RetryPolicy;
import dev.backlane.engine.store.OperationStore;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Random;

/// Dispatchers with a concurrency of four and without retries.
final class TestDispatchers {
  static final String HOLDER = "test";
  static final Duration LEASE_LIFETIME = Duration.ofDays(1);

  private TestDispatchers() {}

  static Dispatcher dispatcher(
      OperationStore store, Upstream upstream, Threads threads, InstantSource clock) {
    return dispatcher(store, upstream, EndNotifications.NONE, threads, clock);
  }

  static Dispatcher dispatcher(
      OperationStore store,
      Upstream upstream,
      EndNotifications notifications,
      Threads threads,
      InstantSource clock) {
    var retry =
        new RetryPolicy(
            1,
            Duration.ofDays(30),
            Duration.ofSeconds(1),
            Duration.ofSeconds(1),
            Duration.ofSeconds(1),
            RetryPolicy.RETRY_ON_DEFAULT,
            false);
    var routes = new Routes(List.of(), new ExecutionPolicy(retry, Duration.ofSeconds(10)));
    var settlement =
        new Settlement(
            store,
            new Transitions(() -> routes, clock, new Random(1)),
            notifications,
            new Completions(),
            threads);
    return new Dispatcher(
        store,
        upstream,
        settlement,
        new ExecutionSettings(() -> routes, HOLDER, LEASE_LIFETIME, () -> Concurrency.of(4)),
        threads,
        clock);
  }
}
