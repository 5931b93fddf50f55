package dev.backlane.system.contract;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.protocol.BackgroundRequestStateDto;
import dev.backlane.protocol.Phase;
import dev.backlane.protocol.Status;
import dev.backlane.system.secrets.SealedCredentialsStatements;
import dev.backlane.system.support.ClosedPort;
import dev.backlane.system.support.HeldResponse;
import dev.backlane.system.support.Http;
import dev.backlane.system.support.RecordingApi;
import dev.backlane.system.support.RecordingApi.Script;
import dev.backlane.system.support.Statement;
import dev.backlane.system.support.Statement.Check;
import dev.backlane.system.support.TestGateway;
import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// CONTRACT 2.2: what an operation's attempts come to, and which are repeated.
@Timeout(60)
final class ExecutingContractTest {
  private static final List<String> IDEMPOTENT = List.of("GET", "PUT", "DELETE", "HEAD", "OPTIONS");
  private static final List<String> UNSAFE = List.of("POST", "PATCH");

  private static ClosedPort closed;
  private static TestGateway stand;
  private static TestGateway unreachable;
  private static Http http;

  @BeforeAll
  static void open() {
    stand =
        TestGateway.open(
            """
            execution: { backoff-initial: 50ms, max-attempts: 3, retry-after-max: 2s }
            routes:
              - { path: "/repeatable/**", repeatable: true }
              - { path: "/once/**", max-attempts: 1 }
              - { path: "/brief/*", attempt-timeout: 300ms }
            """);
    closed = new ClosedPort();
    unreachable =
        TestGateway.withFlags(
            List.of("--upstream.url=" + closed.url()),
            "execution: { backoff-initial: 50ms, max-attempts: 3 }\n");
    http = stand.http();
  }

  @AfterAll
  static void close() {
    stand.close();
    unreachable.close();
    closed.close();
  }

  @ParameterizedTest
  @MethodSource("statements")
  void holds(Check check) throws Exception {
    check.run();
  }

  static Stream<Arguments> statements() {
    var rows = new ArrayList<Statement>();
    for (int status : List.of(200, 204, 302, 400, 401, 404, 409, 500, 501)) {
      rows.add(
          new Statement(
              "Finished with " + status + ", a final answer, after one attempt",
              () -> finishes("GET", "/final/" + status, answering(status), status, 1)));
    }
    rows.addAll(unknownOutcomes());
    rows.addAll(notReached());
    rows.addAll(busyUpstream());
    rows.addAll(gatewayErrors());
    rows.addAll(keys());
    rows.addAll(phases());
    rows.addAll(new SealedCredentialsStatements(stand).rows());
    return Statement.rows(rows);
  }

  private static List<Statement> unknownOutcomes() {
    var rows = new ArrayList<Statement>();
    for (String method : UNSAFE) {
      rows.add(
          new Statement(
              method
                  + " whose connection breaks after it was sent is not repeated: Outcome unknown",
              () -> endsUnknown(method, "/broken/" + method, RecordingApi.breaking(), 1)));
      rows.add(
          new Statement(
              method + " whose answer breaks off is not repeated: Outcome unknown",
              () -> endsUnknown(method, "/torn/" + method, ExecutingContractTest::tear, 1)));
      rows.add(
          new Statement(
              method + " is repeated where the route declares repeatable: true",
              () -> repeatsAfter(method, "/repeatable/" + method, RecordingApi.breaking())));
      rows.add(
          new Statement(
              method
                  + " that is not answered within the attempt's time is not repeated: Outcome unknown",
              () -> endsUnknown(method, "/brief/" + method, new HeldResponse(), 1)));
    }
    for (String method : IDEMPOTENT) {
      rows.add(
          new Statement(
              method + " whose connection breaks after it was sent is repeated",
              () -> repeatsAfter(method, "/broken/" + method, RecordingApi.breaking())));
    }
    rows.add(
        new Statement(
            "GET whose answer breaks off is repeated",
            () -> repeatsAfter("GET", "/torn/GET", ExecutingContractTest::tear)));
    rows.add(
        new Statement(
            "GET is repeated no more often than max-attempts, then Failed: Outcome unknown",
            () -> endsUnknown("GET", "/broken/always", RecordingApi.breaking(), 3)));
    rows.add(
        new Statement(
            "a route's own max-attempts counts instead",
            () -> endsUnknown("GET", "/once/GET", RecordingApi.breaking(), 1)));
    return rows;
  }

  private static List<Statement> notReached() {
    var rows = new ArrayList<Statement>();
    for (String method : List.of("POST", "GET")) {
      rows.add(
          new Statement(
              method
                  + " to an upstream that refuses connections is repeated until max-attempts, then Failed",
              () -> {
                var caller = unreachable.http();
                var state = caller.awaitEnd(caller.beginWith(method, "/refused", ""));
                assertThat(state.status()).isEqualTo(Status.FAILED);
                assertThat(state.phase()).isEqualTo(Phase.FAILED);
                assertThat(state.attempt()).isEqualTo(3);
                assertThat(state.errorMessage())
                    .startsWith("Upstream not reached")
                    .doesNotContain("Outcome unknown");
              }));
    }
    return rows;
  }

  private static List<Statement> busyUpstream() {
    var rows = new ArrayList<Statement>();
    for (String method : List.of("POST", "PATCH", "GET")) {
      rows.add(
          new Statement(
              method + " answered 429 is repeated",
              () -> repeatsAfter(method, "/429/" + method, answering(429))));
      rows.add(
          new Statement(
              method + " answered 503 with Retry-After is repeated",
              () ->
                  repeatsAfter(method, "/503-after/" + method, answering(503, "Retry-After: 0"))));
    }
    rows.add(
        new Statement(
            "429 on every attempt is the result after max-attempts",
            () -> finishes("POST", "/429/always", answering(429), 429, 3)));
    rows.add(
        new Statement(
            "Retry-After is waited for",
            () ->
                assertThat(pause("/after/1", "Retry-After: 1"))
                    .isBetween(Duration.ofMillis(990), Duration.ofSeconds(20))));
    rows.add(
        new Statement(
            "Retry-After is capped by execution.retry-after-max",
            () ->
                assertThat(pause("/after/3600", "Retry-After: 3600"))
                    .isBetween(Duration.ofMillis(1_990), Duration.ofSeconds(20))));
    return rows;
  }

  private static List<Statement> gatewayErrors() {
    var rows = new ArrayList<Statement>();
    for (int status : List.of(502, 503, 504)) {
      for (String method : UNSAFE) {
        var path = "/" + status + "/" + method;
        rows.add(
            new Statement(
                method + " answered " + status + " without Retry-After is not repeated: Finished",
                () -> finishes(method, path, answering(status), status, 1)));
      }
      for (String method : List.of("GET", "PUT", "DELETE")) {
        rows.add(
            new Statement(
                method + " answered " + status + " without Retry-After is repeated",
                () -> repeatsAfter(method, "/" + status + "/" + method, answering(status))));
      }
    }
    rows.add(
        new Statement(
            "401 is never repeated with the same token, not even where the route is repeatable",
            () -> finishes("PUT", "/repeatable/401", answering(401, "Retry-After: 0"), 401, 1)));
    return rows;
  }

  private static List<Statement> keys() {
    return List.of(
        new Statement(
            "Idempotency-Key: <operation id> is sent upstream when the caller sent none, with each attempt",
            () -> {
              stand
                  .api()
                  .on("/key/none", RecordingApi.inTurn(RecordingApi.breaking(), answering(200)));
              var id = http.beginWith("PUT", "/key/none", "x");
              assertThat(http.awaitEnd(id).attempt()).isEqualTo(2);
              for (var request : stand.api().received("/key/none")) {
                assertThat(request.values("Idempotency-Key")).containsExactly(id);
                assertThat(request.body()).isEqualTo("x".getBytes(ISO_8859_1));
              }
            }),
        new Statement(
            "the caller's own Idempotency-Key is kept",
            () -> {
              http.awaitEnd(http.begin("/key/own", "Idempotency-Key", "the-caller-s"));
              assertThat(stand.api().received("/key/own").getFirst().values("Idempotency-Key"))
                  .containsExactly("the-caller-s");
            }));
  }

  private static List<Statement> phases() {
    return List.of(
        new Statement(
            "phase running, attempt 1: while the first request is at the upstream",
            () -> {
              var gate = new HeldResponse();
              stand.api().on("/phase/running", gate);
              var id = http.begin("/phase/running");
              gate.awaitRequest();
              assertPhase(http.stateOf(id).state(), Phase.RUNNING, Status.STARTED, 1);
              gate.open();
              assertPhase(http.awaitEnd(id), Phase.FINISHED, Status.FINISHED, 1);
            }),
        new Statement(
            "phase retrying, with the next attempt's number: between two attempts",
            () -> {
              stand
                  .api()
                  .on(
                      "/phase/retrying",
                      RecordingApi.inTurn(answering(429, "Retry-After: 2"), answering(200)));
              var id = http.begin("/phase/retrying");
              var state =
                  http.poll(
                          "/v1/background/" + id, answer -> answer.state().phase() != Phase.RUNNING)
                      .state();
              assertPhase(state, Phase.RETRYING, Status.STARTED, 2);
              assertThat(state.statusCode()).isZero();
              assertPhase(http.awaitEnd(id), Phase.FINISHED, Status.FINISHED, 2);
            }),
        new Statement(
            "phase running, attempt 2: while the second request is at the upstream",
            () -> {
              var gate = new HeldResponse();
              stand.api().on("/phase/second", RecordingApi.inTurn(answering(429), gate));
              var id = http.begin("/phase/second");
              gate.awaitRequest();
              assertPhase(http.stateOf(id).state(), Phase.RUNNING, Status.STARTED, 2);
              gate.open();
              http.awaitEnd(id);
            }),
        new Statement(
            "phase failed: no answer can be given",
            () -> {
              stand.api().on("/phase/failed", RecordingApi.breaking());
              assertPhase(
                  http.awaitEnd(http.begin("/phase/failed")), Phase.FAILED, Status.FAILED, 1);
            }));
  }

  private static void assertPhase(
      BackgroundRequestStateDto state, Phase phase, Status status, int attempt) {
    assertThat(state.phase()).isEqualTo(phase);
    assertThat(state.status()).isEqualTo(status);
    assertThat(state.attempt()).isEqualTo(attempt);
  }

  private static void finishes(String method, String path, Script script, int status, int attempts)
      throws Exception {
    stand.api().on(path, script);
    var state = http.awaitEnd(http.beginWith(method, path, ""));
    assertPhase(state, Phase.FINISHED, Status.FINISHED, attempts);
    assertThat(state.statusCode()).isEqualTo(status);
    assertThat(state.errorMessage()).isNull();
    assertThat(stand.api().received(path)).hasSize(attempts);
  }

  private static void endsUnknown(String method, String path, Script script, int attempts)
      throws Exception {
    stand.api().on(path, script);
    var state = http.awaitEnd(http.beginWith(method, path, ""));
    assertPhase(state, Phase.FAILED, Status.FAILED, attempts);
    assertThat(state.statusCode()).isZero();
    assertThat(state.errorMessage()).startsWith("Outcome unknown");
    assertThat(stand.api().received(path)).hasSize(attempts);
  }

  /// Shows that a request is sent once more after a first mishap, and that its answer then counts.
  private static void repeatsAfter(String method, String path, Script mishap) throws Exception {
    stand.api().on(path, RecordingApi.inTurn(mishap, answering(200)));
    var state = http.awaitEnd(http.beginWith(method, path, ""));
    assertPhase(state, Phase.FINISHED, Status.FINISHED, 2);
    assertThat(state.statusCode()).isEqualTo(200);
    assertThat(stand.api().received(path)).hasSize(2);
  }

  /// The time between two attempts where the first is answered 429.
  private static Duration pause(String path, String header) throws Exception {
    var arrivals = new CopyOnWriteArrayList<Long>();
    var answers = RecordingApi.inTurn(answering(429, header), answering(200));
    stand
        .api()
        .on(
            path,
            (request, client) -> {
              arrivals.add(System.nanoTime());
              answers.answer(request, client);
            });
    assertThat(http.awaitEnd(http.begin(path)).statusCode()).isEqualTo(200);
    assertThat(arrivals).hasSize(2);
    return Duration.ofNanos(arrivals.getLast() - arrivals.getFirst());
  }

  private static Script answering(int status, String... headers) {
    return RecordingApi.answering(status, "", headers);
  }

  /// Breaks the connection within the answer's body.
  private static void tear(RecordingApi.Received request, Socket client) throws IOException {
    client
        .getOutputStream()
        .write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf".getBytes(ISO_8859_1));
    client.close();
  }
}
