package dev.backlane.simulator;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.engine.execution.ExecutionPolicy;
import dev.backlane.engine.execution.Routes;
import dev.backlane.engine.execution.Upstream;
import dev.backlane.engine.operation.Caller;
import dev.backlane.engine.operation.Draft;
import dev.backlane.engine.operation.ErrorCode;
import dev.backlane.engine.operation.Notification;
import dev.backlane.engine.operation.Obstacle;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.operation.OperationIds;
import dev.backlane.engine.operation.Request;
import dev.backlane.engine.operation.Response;
import dev.backlane.engine.operation.RetryPolicy;
import dev.backlane.engine.operation.SealedCredentials;
import dev.backlane.engine.operation.State;
import dev.backlane.engine.operation.Verdict;
import dev.backlane.engine.store.content.Content;
import dev.backlane.engine.store.memory.MemoryStore;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// An upstream that is unreachable for minutes, or refuses the calls of one tenant.
final class UpstreamOutageTest {
  private static final int CONCURRENCY = 64;
  private static final int CALLS = 1_000;
  private static final Duration OUTAGE = Duration.ofMinutes(10);
  private static final Duration FINISHED_WITHIN = Duration.ofSeconds(70);

  /// The connections that an outage may cost: the attempts in flight when it began, and one probe
  /// in 7.5 s.
  private static final int CONNECTS_MAX = CONCURRENCY + 90;

  /// How long an operation may be attempted.
  private static final Duration TIME = Duration.ofMinutes(1);

  /// The longest time from then to the end, also for an operation that was a probe before.
  private static final Duration ENDED_WITHIN = Duration.ofSeconds(25);

  private static final String BUSY = "busy";
  private static final String STORMED = "stormed";

  private final SimulatedScheduler scheduler = new SimulatedScheduler(1);
  private final History history = new History();
  private final MemoryStore disk = new MemoryStore();

  private Node node(FaultInjection faults) {
    return node(CONCURRENCY, faults);
  }

  private Node node(int concurrency, FaultInjection faults) {
    var scenario = Scenario.quiet(1, concurrency, 2, CALLS);
    var node =
        new Node(
            new Simulation.Shared(scheduler, history, scenario, faults),
            disk.operations(),
            new SimulatedUpstream.Numbers(),
            "node");
    node.start();
    scheduler.sleep(Duration.ofSeconds(1));
    return node;
  }

  private static void submit(Node node, OperationIds ids, String tenant, int calls) {
    for (int each = 0; each < calls; each++) {
      var draft =
          new Draft(
              ids.next(),
              new Caller(tenant, "client", ""),
              new Request("POST", "/call", List.of(), 0),
              "http://localhost",
              new Notification.None(),
              Optional.empty(),
              SealedCredentials.NONE);
      node.run(() -> node.acceptor().accept(draft, Content.EMPTY, Optional.empty()));
    }
  }

  private Map<OperationId, Instant> ends(String tenant) {
    var ends = new HashMap<OperationId, Instant>();
    for (var event : history.events()) {
      if (event instanceof Event.Committed(var at, var operation)
          && operation.state() instanceof State.Finished
          && operation.caller().tenant().equals(tenant)) {
        ends.put(operation.id(), at);
      }
    }
    return ends;
  }

  @Test
  void thousandPostsSurviveAnOutageOfTenMinutes() {
    var connects = new AtomicInteger();
    var back = SimulatedScheduler.BEGINNING.plus(OUTAGE);
    var node =
        node(
            new FaultInjection() {
              @Override
              public Upstream upstream(Upstream upstream) {
                return attempt -> {
                  if (scheduler.instant().isBefore(back)) {
                    connects.incrementAndGet();
                    return Upstream.Outcome.without(
                        new Verdict.NotSent(Obstacle.UPSTREAM_UNREACHABLE, "refused"));
                  }
                  return upstream.send(attempt);
                };
              }

              @Override
              public Routes routes(Routes routes) {
                return within(routes, Duration.ofHours(24));
              }
            });
    submit(node, new OperationIds(scheduler, new Random(1)), BUSY, CALLS);
    scheduler.sleep(OUTAGE.plus(FINISHED_WITHIN));
    scheduler.end();

    assertThat(ends(BUSY)).hasSize(CALLS);
    assertThat(history.events().stream().filter(Event.Sent.class::isInstance)).hasSize(CALLS);
    assertThat(connects.get()).isLessThan(CONNECTS_MAX);
  }

  @Test
  void endsOperationsWhoseTimeIsOverDuringAnOutage() {
    var node =
        node(
            new FaultInjection() {
              @Override
              public Upstream upstream(Upstream upstream) {
                return _ ->
                    Upstream.Outcome.without(
                        new Verdict.NotSent(Obstacle.UPSTREAM_UNREACHABLE, "refused"));
              }

              @Override
              public Routes routes(Routes routes) {
                return within(routes, TIME);
              }
            });
    submit(node, new OperationIds(scheduler, new Random(1)), BUSY, CALLS);
    scheduler.sleep(TIME.multipliedBy(2));
    scheduler.end();

    assertThat(failures().values())
        .hasSize(CALLS)
        .allSatisfy(failed -> {
          assertThat(failed.code()).isEqualTo(ErrorCode.UPSTREAM_UNREACHABLE);
          assertThat(failed.startedAt()).isEmpty();
          assertThat(failed.reason()).startsWith("Upstream unreachable since 2026-01-01T00:00:0");
          assertThat(failed.endedAt())
              .isBefore(SimulatedScheduler.BEGINNING.plus(TIME).plus(ENDED_WITHIN));
        });
  }

  @Test
  void endsAnOperationWhoseTimeIsOverBehindALongCall() {
    var sent = new ArrayList<OperationId>();
    var node =
        node(
            1,
            new FaultInjection() {
              @Override
              public Upstream upstream(Upstream upstream) {
                return attempt -> {
                  sent.add(attempt.operation().id());
                  scheduler.sleep(Duration.ofMinutes(30));
                  return upstream.send(attempt);
                };
              }

              @Override
              public Routes routes(Routes routes) {
                return within(routes, TIME);
              }
            });
    submit(node, new OperationIds(scheduler, new Random(1)), BUSY, 2);
    scheduler.sleep(TIME.plus(ENDED_WITHIN));
    scheduler.end();

    assertThat(sent).hasSize(1);
    assertThat(failures())
        .hasSize(1)
        .doesNotContainKey(sent.getFirst())
        .allSatisfy(
            (_, failed) -> assertThat(failed.code()).isEqualTo(ErrorCode.DEADLINE_EXCEEDED));
  }

  private Map<OperationId, State.Failed> failures() {
    var failures = new HashMap<OperationId, State.Failed>();
    for (var event : history.events()) {
      if (event instanceof Event.Committed(var _, var operation)
          && operation.state() instanceof State.Failed failed) {
        failures.put(operation.id(), failed);
      }
    }
    return failures;
  }

  /// The routes of the scenario with another time for each operation, and one attempt.
  private static Routes within(Routes routes, Duration time) {
    var retry = routes.otherwise().retry();
    return new Routes(
        List.of(),
        new ExecutionPolicy(
            new RetryPolicy(
                1,
                time,
                retry.backoffInitial(),
                retry.backoffMax(),
                retry.retryAfterMax(),
                retry.retryOn(),
                false),
            routes.otherwise().attemptTimeout()));
  }

  @ParameterizedTest
  @ValueSource(ints = {429, 503})
  void aStormOfOneTenantLeavesTheOthersTheirThroughput(int status) {
    var alone = new UpstreamOutageTest().timeOfBusyTenant(Optional.empty());
    var beside = timeOfBusyTenant(Optional.of(status));

    assertThat(beside.toMillis()).isLessThanOrEqualTo((long) (alone.toMillis() / 0.8));
  }

  /// How long the busy tenant's calls take in total.
  ///
  /// @param storm the status with which the upstream refuses the calls of the other tenant
  private Duration timeOfBusyTenant(Optional<Integer> storm) {
    var node =
        node(
            new FaultInjection() {
              @Override
              public Upstream upstream(Upstream upstream) {
                return attempt -> {
                  if (attempt.operation().caller().tenant().equals(BUSY)) {
                    return upstream.send(attempt);
                  }
                  scheduler.sleep(scheduler.randomUpTo(Duration.ofMillis(500)));
                  return Upstream.Outcome.without(
                      new Verdict.Responded(
                          new Response(storm.orElseThrow(), List.of(), 0),
                          Optional.of(Duration.ofSeconds(1))));
                };
              }
            });
    scheduler.sleep(Scenario.FAULTS_END);
    var begun = scheduler.instant();
    var ids = new OperationIds(scheduler, new Random(1));
    if (storm.isPresent()) {
      submit(node, ids, STORMED, CALLS);
    }
    submit(node, ids, BUSY, CALLS);
    scheduler.sleep(Duration.ofMinutes(30));
    scheduler.end();
    var ends = ends(BUSY);
    assertThat(ends).hasSize(CALLS);
    return Duration.between(begun, ends.values().stream().max(Instant::compareTo).orElseThrow());
  }
}
