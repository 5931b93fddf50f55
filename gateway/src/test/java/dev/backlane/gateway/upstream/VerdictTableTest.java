package dev.backlane.gateway.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.engine.background.Threads;
import dev.backlane.engine.execution.Completions;
import dev.backlane.engine.execution.Dispatcher;
import dev.backlane.engine.execution.ExecutionPolicy;
import dev.backlane.engine.execution.ExecutionSettings;
import dev.backlane.engine.execution.Routes;
import dev.backlane.engine.execution.Settlement;
import dev.backlane.engine.execution.Transitions;
import dev.backlane.engine.execution.permits.Concurrency;
import dev.backlane.engine.memory.MemoryBudget;
import dev.backlane.engine.notification.EndNotifications;
import dev.backlane.engine.operation.Caller;
import dev.backlane.engine.operation.Lifecycle;
import dev.backlane.engine.operation.Notification;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.operation.OperationIds;
import dev.backlane.engine.operation.Request;
import dev.backlane.engine.operation.RetryPolicy;
import dev.backlane.engine.operation.SealedCredentials;
import dev.backlane.engine.operation.State;
import dev.backlane.engine.store.Acceptance;
import dev.backlane.engine.store.content.Part;
import dev.backlane.engine.store.content.StagedContent;
import dev.backlane.engine.store.memory.MemoryStore;
import dev.backlane.gateway.tracing.Tracing;
import dev.backlane.gateway.upstream.OutgoingRequest.Repeat;
import dev.backlane.store.testkit.SettableClock;
import java.io.ByteArrayInputStream;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.aggregator.ArgumentsAccessor;
import org.junit.jupiter.params.provider.CsvSource;

/// The consequence of each fault or response, by method (CONTRACT 2.2): a real dispatcher and a
/// real client with a misbehaving server.
@Timeout(30)
final class VerdictTableTest {
  private static final Instant NOW = Instant.parse("2026-11-24T12:00:00Z");

  /// With [#HALF] the waits before the second and the third attempt are 4 s and 8 s.
  private static final Duration BACKOFF_INITIAL = Duration.ofSeconds(8);

  private static final Duration RETRY_AFTER_MAX = Duration.ofMinutes(1);
  private static final Duration LONG = Duration.ofSeconds(20);
  private static final int LARGE_BYTES = 8_000_000;

  /// Always returns 0.5.
  private static final RandomGenerator HALF = () -> Long.MIN_VALUE;

  @TempDir private static Path folder;
  private static SSLContext untrusted;

  private final MemoryStore store = new MemoryStore();
  private final SettableClock clock = new SettableClock(NOW);
  private final Semaphore attemptsDone = new Semaphore(0);

  @BeforeAll
  static void createCertificate() throws Exception {
    untrusted = SelfSigned.context(folder);
  }

  /// A row. `due` counts from [#NOW]; `received` are the requests that the server read in the end.
  private record Row(
      String fault,
      boolean always,
      String method,
      String route,
      String after,
      String due,
      int attempts,
      int received,
      String end) {
    static Row of(ArgumentsAccessor cells) {
      return new Row(
          cell(cells, 0),
          cell(cells, 1).equals("always"),
          cell(cells, 2),
          cell(cells, 3),
          cell(cells, 4),
          cell(cells, 5),
          Integer.parseInt(cell(cells, 6)),
          Integer.parseInt(cell(cells, 7)),
          cell(cells, 8));
    }

    private static String cell(ArgumentsAccessor cells, int index) {
      return String.valueOf(cells.get(index));
    }

    Duration attemptTimeout() {
      return fault.equals("silence") ? Duration.ofSeconds(1) : LONG;
    }

    byte[] body() {
      if (fault.equals("reset while sending") || fault.equals("early response")) {
        return new byte[LARGE_BYTES];
      }
      return Set.of("POST", "PUT", "PATCH").contains(method) ? new byte[] {'x'} : new byte[0];
    }

    RetryPolicy retry() {
      return new RetryPolicy(
          route.startsWith("max-attempts 1") ? 1 : 3,
          maxDuration(),
          BACKOFF_INITIAL,
          Duration.ofMinutes(5),
          RETRY_AFTER_MAX,
          retryOn(),
          route.startsWith("repeatable"));
    }

    private Duration maxDuration() {
      if (route.equals("max-duration 3s")) {
        return Duration.ofSeconds(3);
      }
      return route.endsWith(" 20s") ? Duration.ofSeconds(20) : Duration.ofHours(24);
    }

    private Set<Integer> retryOn() {
      int named = route.indexOf("retry-on ");
      if (named < 0) {
        return RetryPolicy.RETRY_ON_DEFAULT;
      }
      var status = route.substring(named + "retry-on ".length());
      return status.equals("nothing") ? Set.of() : Set.of(Integer.valueOf(status));
    }
  }

  @ParameterizedTest(name = "{index}: {0} {1}, {2}, {3}")
  @CsvSource(
      delimiter = '|',
      textBlock =
"""
# fault                             | times  | method  | route                    | after    | due | attempts | received | end
# Nothing was sent to the upstream: repeated with any method until max-duration, and not counted.
connection refused                  | always | GET     | max-duration 20s         | Queued   | 4   | 1        | 0        | Upstream unreachable since 2026-11-24T12:00:00Z:
connection refused                  | always | POST    | max-duration 20s         | Queued   | 4   | 1        | 0        | Upstream unreachable since 2026-11-24T12:00:00Z:
connection refused                  | always | PATCH   | max-duration 20s         | Queued   | 4   | 1        | 0        | Upstream unreachable since 2026-11-24T12:00:00Z:
connection refused                  | always | POST    | max-attempts 1, 20s      | Queued   | 4   | 1        | 0        | Upstream unreachable since 2026-11-24T12:00:00Z:
connection refused                  | always | POST    | max-duration 3s          | Failed   | -   | 1        | 0        | Upstream unreachable since 2026-11-24T12:00:00Z:
unknown host                        | always | PUT     | max-duration 20s         | Queued   | 4   | 1        | 0        | Upstream unreachable since 2026-11-24T12:00:00Z:
unknown host                        | always | POST    | max-duration 20s         | Queued   | 4   | 1        | 0        | Upstream unreachable since 2026-11-24T12:00:00Z:
no TLS                              | always | DELETE  | max-duration 20s         | Queued   | 4   | 1        | 0        | Upstream unreachable since 2026-11-24T12:00:00Z: TLS
no TLS                              | always | POST    | max-duration 20s         | Queued   | 4   | 1        | 0        | Upstream unreachable since 2026-11-24T12:00:00Z: TLS
certificate not trusted             | always | GET     | max-duration 20s         | Queued   | 4   | 1        | 0        | Upstream unreachable since 2026-11-24T12:00:00Z: TLS
certificate not trusted             | always | POST    | max-duration 20s         | Queued   | 4   | 1        | 0        | Upstream unreachable since 2026-11-24T12:00:00Z: TLS
# A pooled connection found closed is not used. On one that closes later, a repeatable call uses up an attempt; any other is not sent on it.
pooled, closed before               | first  | GET     | -                        | Finished | -   | 1        | 1        | 200
pooled, closed before               | first  | POST    | -                        | Finished | -   | 1        | 1        | 200
pooled, closed at the first byte    | first  | GET     | -                        | Queued   | 4   | 2        | 1        | 200
pooled, closed at the first byte    | first  | PUT     | -                        | Queued   | 4   | 2        | 1        | 200
pooled, closed at the first byte    | first  | POST    | -                        | Finished | -   | 1        | 1        | 200
pooled, closed at the first byte    | first  | POST    | repeatable               | Queued   | 4   | 2        | 1        | 200
# The upstream may have acted: repeated only if the method or the route makes that safe.
reset at the first byte             | first  | GET     | -                        | Queued   | 4   | 2        | 1        | 200
reset at the first byte             | first  | POST    | -                        | Failed   | -   | 1        | 0        | Outcome unknown:
reset while sending                 | first  | PUT     | -                        | Queued   | 4   | 2        | 2        | 200
reset while sending                 | first  | POST    | -                        | Failed   | -   | 1        | 1        | Outcome unknown:
reset while sending                 | first  | PATCH   | -                        | Failed   | -   | 1        | 1        | Outcome unknown:
reset while sending                 | first  | POST    | repeatable               | Queued   | 4   | 2        | 2        | 200
reset while waiting                 | first  | GET     | -                        | Queued   | 4   | 2        | 2        | 200
reset while waiting                 | first  | HEAD    | -                        | Queued   | 4   | 2        | 2        | 200
reset while waiting                 | first  | PUT     | -                        | Queued   | 4   | 2        | 2        | 200
reset while waiting                 | first  | DELETE  | -                        | Queued   | 4   | 2        | 2        | 200
reset while waiting                 | first  | OPTIONS | -                        | Queued   | 4   | 2        | 2        | 200
reset while waiting                 | first  | POST    | -                        | Failed   | -   | 1        | 1        | Outcome unknown:
reset while waiting                 | first  | PATCH   | -                        | Failed   | -   | 1        | 1        | Outcome unknown:
reset while waiting                 | first  | POST    | repeatable               | Queued   | 4   | 2        | 2        | 200
reset while waiting                 | first  | PATCH   | repeatable               | Queued   | 4   | 2        | 2        | 200
reset while waiting                 | always | GET     | -                        | Queued   | 4   | 3        | 3        | Outcome unknown:
reset while waiting                 | always | PUT     | max-attempts 1           | Failed   | -   | 1        | 1        | Outcome unknown:
closed while waiting                | first  | DELETE  | -                        | Queued   | 4   | 2        | 2        | 200
closed while waiting                | first  | POST    | -                        | Failed   | -   | 1        | 1        | Outcome unknown:
silence                             | first  | GET     | -                        | Queued   | 4   | 2        | 2        | 200
silence                             | first  | POST    | -                        | Failed   | -   | 1        | 1        | Outcome unknown: the upstream did not respond completely within PT1S
silence                             | first  | PATCH   | repeatable               | Queued   | 4   | 2        | 2        | 200
# The response is incomplete or malformed.
head cut off                        | first  | PUT     | -                        | Queued   | 4   | 2        | 2        | 200
head cut off                        | first  | POST    | -                        | Failed   | -   | 1        | 1        | Outcome unknown:
length cut short                    | first  | GET     | -                        | Queued   | 4   | 2        | 2        | 200
length cut short                    | first  | POST    | -                        | Failed   | -   | 1        | 1        | Outcome unknown:
chunks cut short                    | first  | GET     | -                        | Queued   | 4   | 2        | 2        | 200
chunks cut short                    | first  | PATCH   | -                        | Failed   | -   | 1        | 1        | Outcome unknown:
no HTTP                             | first  | OPTIONS | -                        | Queued   | 4   | 2        | 2        | 200
no HTTP                             | first  | POST    | -                        | Failed   | -   | 1        | 1        | Outcome unknown:
too large                           | first  | GET     | -                        | Failed   | -   | 1        | 1        | the upstream responded with 200 with a body of more than
too large                           | first  | POST    | -                        | Failed   | -   | 1        | 1        | the upstream responded with 200 with a body of more than
too large, length unknown           | first  | GET     | -                        | Failed   | -   | 1        | 1        | the upstream responded with 200 with a body of more than
early response                      | first  | POST    | -                        | Finished | -   | 1        | 1        | 413
# Responses that are final.
200                                 | first  | GET     | -                        | Finished | -   | 1        | 1        | 200
200                                 | first  | HEAD    | -                        | Finished | -   | 1        | 1        | 200
200                                 | first  | POST    | -                        | Finished | -   | 1        | 1        | 200
400                                 | first  | POST    | -                        | Finished | -   | 1        | 1        | 400
401                                 | first  | GET     | -                        | Finished | -   | 1        | 1        | 401
401                                 | first  | GET     | repeatable, retry-on 401 | Finished | -   | 1        | 1        | 401
404                                 | first  | DELETE  | -                        | Finished | -   | 1        | 1        | 404
409                                 | first  | PUT     | -                        | Finished | -   | 1        | 1        | 409
412                                 | first  | PATCH   | -                        | Finished | -   | 1        | 1        | 412
500                                 | first  | GET     | -                        | Finished | -   | 1        | 1        | 500
500                                 | first  | POST    | -                        | Finished | -   | 1        | 1        | 500
500 Retry-After: 30                 | first  | GET     | -                        | Finished | -   | 1        | 1        | 500
# Responses that postpone the call: the upstream did nothing, so any method is repeated.
429                                 | first  | GET     | -                        | Queued   | 4   | 2        | 2        | 200
429                                 | first  | POST    | -                        | Queued   | 4   | 2        | 2        | 200
429                                 | always | POST    | -                        | Queued   | 4   | 3        | 3        | 429
429 Retry-After: 30                 | first  | POST    | -                        | Queued   | 30  | 2        | 2        | 200
429 Retry-After: 30                 | first  | PATCH   | -                        | Queued   | 30  | 2        | 2        | 200
429 Retry-After: 3600               | first  | POST    | -                        | Queued   | 60  | 2        | 2        | 200
429 Retry-After: 30                 | first  | POST    | max-duration 3s          | Finished | -   | 1        | 1        | 429
429 Retry-After: soon               | first  | POST    | -                        | Queued   | 4   | 2        | 2        | 200
429 Retry-After: Tue, 24 Nov 2026 12:00:45 GMT | first | POST | -                 | Queued   | 45  | 2        | 2        | 200
429 Retry-After: Tue, 24 Nov 2026 13:00:00 GMT | first | GET  | -                 | Queued   | 60  | 2        | 2        | 200
429 Retry-After: Tuesday, 24-Nov-26 12:00:45 GMT | first | POST | -               | Queued   | 45  | 2        | 2        | 200
429 Retry-After: Tue Nov 24 12:00:45 2026 | first | POST | -                      | Queued   | 45  | 2        | 2        | 200
503 Retry-After: 30                 | first  | POST    | -                        | Queued   | 30  | 2        | 2        | 200
503 Retry-After: 3600               | first  | PUT     | -                        | Queued   | 60  | 2        | 2        | 200
503 Retry-After: Tue, 24 Nov 2026 12:00:45 GMT | first | PATCH | -                | Queued   | 45  | 2        | 2        | 200
503 Retry-After: 30                 | first  | POST    | retry-on nothing         | Queued   | 30  | 2        | 2        | 200
503 Retry-After: soon               | first  | POST    | -                        | Finished | -   | 1        | 1        | 503
# Responses of a gateway in front of the upstream, which does not know the outcome.
502                                 | first  | GET     | -                        | Queued   | 4   | 2        | 2        | 200
502                                 | first  | POST    | -                        | Finished | -   | 1        | 1        | 502
502                                 | first  | POST    | repeatable               | Queued   | 4   | 2        | 2        | 200
502                                 | always | GET     | -                        | Queued   | 4   | 3        | 3        | 502
503                                 | first  | DELETE  | -                        | Queued   | 4   | 2        | 2        | 200
503                                 | first  | POST    | -                        | Finished | -   | 1        | 1        | 503
503                                 | first  | PATCH   | repeatable               | Queued   | 4   | 2        | 2        | 200
504                                 | first  | PUT     | -                        | Queued   | 4   | 2        | 2        | 200
504                                 | first  | HEAD    | -                        | Queued   | 4   | 2        | 2        | 200
504                                 | first  | PATCH   | -                        | Finished | -   | 1        | 1        | 504
# Routes that declare other rules.
500                                 | first  | GET     | retry-on 500             | Queued   | 4   | 2        | 2        | 200
500 Retry-After: 30                 | first  | PUT     | retry-on 500             | Queued   | 30  | 2        | 2        | 200
500                                 | first  | POST    | retry-on 500             | Finished | -   | 1        | 1        | 500
500                                 | first  | POST    | repeatable, retry-on 500 | Queued   | 4   | 2        | 2        | 200
502                                 | first  | GET     | retry-on 500             | Finished | -   | 1        | 1        | 502
502                                 | first  | GET     | retry-on nothing         | Finished | -   | 1        | 1        | 502
409                                 | first  | PUT     | retry-on 409             | Queued   | 4   | 2        | 2        | 200
""")
  void verdictMatchesTheTable(ArgumentsAccessor cells) throws Exception {
    var row = Row.of(cells);
    try (var api = new FaultyApi(row.fault(), row.always(), untrusted);
        var client = new UpstreamClient(api.uri(), Duration.ofSeconds(5), 4)) {
      if (row.fault().startsWith("pooled")) {
        warmUp(client);
      }
      if (row.fault().equals("pooled, closed before")) {
        api.awaitIdleClosed();
      }
      try (var dispatcher = dispatcher(client, row)) {
        dispatcher.start();
        var id = submit(row);
        dispatcher.wake();
        var first = afterAttempt(id);
        assertThat(first.getClass().getSimpleName()).as("after the first").isEqualTo(row.after());
        assertThat(due(first)).as("due").isEqualTo(row.due());
        var end = runToEnd(id, first, dispatcher);
        assertThat(endOf(end)).startsWith(row.end());
        assertThat(end.attempt()).as("attempts").isEqualTo(row.attempts());
        assertThat(api.received()).as("requests received").isEqualTo(row.received());
      }
    }
    assertThat(store.openSpools()).as("spools left open").isZero();
  }

  private static void warmUp(UpstreamClient client) throws Exception {
    try (var exchange = client.exchange()) {
      exchange.send(
          new OutgoingRequest("GET", "/", List.of(), OutgoingBody.NONE, Repeat.BY_CLIENT),
          Duration.ofSeconds(10));
    }
  }

  private Dispatcher dispatcher(UpstreamClient client, Row row) {
    var upstream =
        new HttpUpstream(
            client,
            _ -> List.of(),
            () -> FaultyApi.RESPONSE_BYTES_MAX,
            MemoryBudget.UNLIMITED,
            clock,
            Tracing.OFF);
    var routes = new Routes(List.of(), new ExecutionPolicy(row.retry(), row.attemptTimeout()));
    var threads = new CountingThreads(attemptsDone);
    var settlement =
        new Settlement(
            store.operations(),
            new Transitions(() -> routes, clock, HALF),
            EndNotifications.NONE,
            new Completions(),
            threads);
    return new Dispatcher(
        store.operations(),
        upstream,
        settlement,
        new ExecutionSettings(() -> routes, "test", Duration.ofDays(365), () -> Concurrency.of(4)),
        threads,
        clock);
  }

  private OperationId submit(Row row) throws Exception {
    var id = new OperationIds(clock, new Random(1)).next();
    byte[] body = row.body();
    var operation =
        new Operation(
            id,
            Caller.ANONYMOUS,
            new Request(row.method(), "/call", List.of(), body.length),
            "http://localhost",
            new Notification.None(),
            Routes.NONE,
            Optional.empty(),
            SealedCredentials.NONE,
            Lifecycle.queued(NOW),
            0);
    try (var staged =
        StagedContent.read(
            new ByteArrayInputStream(body),
            LARGE_BYTES,
            () -> store.operations().spool(id, "company-1", Part.REQUEST))) {
      assertThat(store.operations().accept(operation, staged.content(), Optional.empty()))
          .isEqualTo(new Acceptance.Stored());
    }
    return id;
  }

  private State afterAttempt(OperationId id) throws InterruptedException {
    assertThat(attemptsDone.tryAcquire(20, TimeUnit.SECONDS)).as("the attempt ended").isTrue();
    return store.operations().find(id).orElseThrow().state();
  }

  private static String due(State state) {
    return state instanceof State.Queued queued
        ? String.valueOf(Duration.between(NOW, queued.dueAt()).toSeconds())
        : "-";
  }

  /// Advances the clock to each further attempt until there is none.
  private State runToEnd(OperationId id, State first, Dispatcher dispatcher)
      throws InterruptedException {
    var state = first;
    while (state instanceof State.Queued queued) {
      clock.set(queued.dueAt());
      dispatcher.wake();
      state = afterAttempt(id);
    }
    return state;
  }

  private static String endOf(State end) {
    return switch (end) {
      case State.Finished finished -> String.valueOf(finished.response().statusCode());
      case State.Failed failed -> failed.reason();
      case State.Canceled _, State.Queued _, State.Held _, State.Running _ ->
          "has not ended: " + end;
    };
  }

  /// Signals when a worker has finished its attempt: the clock is stopped, so that no other attempt
  /// begins before the test advances it.
  private record CountingThreads(Semaphore done) implements Threads {
    @Override
    public void start(String name, Runnable work) {
      VIRTUAL.start(
          name,
          () -> {
            work.run();
            if (name.equals("worker")) {
              done.release();
            }
          });
    }

    @Override
    public long nanoTime() {
      return VIRTUAL.nanoTime();
    }

    @Override
    public Signal signal() {
      return VIRTUAL.signal();
    }
  }
}
