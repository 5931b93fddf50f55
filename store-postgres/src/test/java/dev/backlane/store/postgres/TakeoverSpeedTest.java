package dev.backlane.store.postgres;

import static org.assertj.core.api.Assertions.assertThat;

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
import dev.backlane.engine.operation.Lease;
import dev.backlane.engine.operation.RetryPolicy;
import dev.backlane.engine.operation.Verdict;
import dev.backlane.engine.store.content.Content;
import dev.backlane.postgres.testkit.PostgresServer;
import dev.backlane.postgres.testkit.PostgresVersion;
import dev.backlane.store.testkit.Samples;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// The takeover of many operations of a dead node on a database with slow commits.
@Timeout(180)
final class TakeoverSpeedTest {
  private static final int OPERATIONS = 10_000;
  private static final Duration TAKEOVER_MAX = Duration.ofSeconds(15);

  /// Each commit takes 10 ms longer.
  private static final Map<String, String> SLOW_COMMITS =
      Map.of("commit_delay", "10000", "commit_siblings", "0");

  @Test
  void takesOverTenThousandOperationsInTime() {
    try (var server = PostgresServer.start(PostgresVersion.NEWEST, SLOW_COMMITS)) {
      server.createDatabase("takeover");
      try (var store = PostgresStore.open(PostgresStoreContract.settings(server, "takeover"))) {
        run(store);
        try (var dispatcher = dispatcher(store)) {
          long from = System.nanoTime();
          dispatcher.start();
          var taken = Duration.ofNanos(System.nanoTime() - from);
          System.out.printf("%d operations taken over within %s%n", OPERATIONS, taken);
          assertThat(store.operations().held("other")).isEmpty();
          assertThat(dispatcher.counters().operationsOutcomeUnknown()).isEqualTo(OPERATIONS);
          assertThat(taken).isLessThan(TAKEOVER_MAX);
        }
      }
    }
  }

  /// Stores operations that a node runs which has no lease any more.
  private static void run(PostgresStore store) {
    var samples = new Samples(store.sharing().orElseThrow().clock(), 1);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < OPERATIONS; i++) {
        var operation = samples.started(new Lease("dead", 1));
        threads.execute(
            () -> store.operations().accept(operation, Content.EMPTY, Optional.empty()));
      }
    }
  }

  private static Dispatcher dispatcher(PostgresStore store) {
    var clock = store.sharing().orElseThrow().clock();
    var second = Duration.ofSeconds(1);
    var retry =
        new RetryPolicy(
            1, Duration.ofHours(1), second, second, second, RetryPolicy.RETRY_ON_DEFAULT, false);
    var routes = new Routes(List.of(), new ExecutionPolicy(retry, Duration.ofSeconds(10)));
    var settlement =
        new Settlement(
            store.operations(),
            new Transitions(() -> routes, clock, new Random(1)),
            EndNotifications.NONE,
            new Completions(),
            Threads.VIRTUAL);
    return new Dispatcher(
        store.operations(),
        _ -> Upstream.Outcome.without(new Verdict.Unknown("nothing is sent")),
        settlement,
        new ExecutionSettings(
            () -> routes, "node", Duration.ofSeconds(10), () -> Concurrency.of(4)),
        Threads.VIRTUAL,
        clock);
  }
}
