package dev.backlane.system.contract;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.protocol.BackgroundRequestStateDto;
import dev.backlane.protocol.Phase;
import dev.backlane.protocol.Status;
import dev.backlane.system.support.ClosedPort;
import dev.backlane.system.support.Deadline;
import dev.backlane.system.support.HeldResponse;
import dev.backlane.system.support.Http;
import dev.backlane.system.support.RecordingApi;
import dev.backlane.system.support.RecordingApi.Script;
import dev.backlane.system.support.TestGateway;
import java.io.IOException;
import java.net.Socket;
import java.time.Duration;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// CONTRACT 2.2: the outcome of attempts, and which attempts are repeated.
@Timeout(60)
final class ExecutingContractTest {
  @RegisterExtension
  static final TestGateway gateway =
      TestGateway.with(
          """
          execution: { backoff-initial: 50ms, max-attempts: 3, retry-after-max: 2s }
          routes:
            - { path: "/repeatable/**", repeatable: true }
            - { path: "/once/**", max-attempts: 1 }
            - { path: "/brief/*", attempt-timeout: 300ms }
          """);

  @AutoClose private static final ClosedPort closedPort = new ClosedPort();

  @RegisterExtension
  static final TestGateway unreachable =
      TestGateway.with("execution: { backoff-initial: 50ms, max-duration: 2s }\n")
          .flags("--upstream.url=" + closedPort.url());

  private final Http http = gateway.http();

  @ParameterizedTest(name = "{0}")
  @ValueSource(ints = {200, 204, 302, 400, 401, 404, 409, 500, 501})
  @DisplayName("a final response is Finished with its status code, after one attempt")
  void finishesAfterFinalResponse(int status) throws Exception {
    finishes("GET", "/final/" + status, responding(status), status, 1);
  }

  @Nested
  final class UnknownOutcomes {
    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"POST", "PATCH"})
    @DisplayName("an unsafe method is not repeated if the connection breaks after it was sent")
    void failsUnsafeMethodAfterBrokenConnection(String method) throws Exception {
      endsUnknown(method, "/broken/" + method, RecordingApi.breaking(), 1);
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"POST", "PATCH"})
    @DisplayName("an unsafe method is not repeated if its response is truncated")
    void failsUnsafeMethodAfterTruncatedResponse(String method) throws Exception {
      endsUnknown(method, "/torn/" + method, ExecutingContractTest::tear, 1);
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"POST", "PATCH"})
    @DisplayName("an unsafe method is repeated if the route declares repeatable: true")
    void repeatsUnsafeMethodOnRepeatableRoute(String method) throws Exception {
      repeatsAfter(method, "/repeatable/" + method, RecordingApi.breaking());
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"POST", "PATCH"})
    @DisplayName("an unsafe method is not repeated if there is no response within attempt-timeout")
    void failsUnsafeMethodAfterTimeout(String method) throws Exception {
      endsUnknown(method, "/brief/" + method, new HeldResponse(), 1);
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"GET", "PUT", "DELETE", "HEAD", "OPTIONS"})
    @DisplayName("an idempotent method is repeated if the connection breaks after it was sent")
    void repeatsIdempotentMethodAfterBrokenConnection(String method) throws Exception {
      repeatsAfter(method, "/broken/" + method, RecordingApi.breaking());
    }

    @Test
    @DisplayName("GET is repeated if its response is truncated")
    void repeatsGetAfterTruncatedResponse() throws Exception {
      repeatsAfter("GET", "/torn/GET", ExecutingContractTest::tear);
    }

    @Test
    @DisplayName("GET is repeated until max-attempts, then Failed: Outcome unknown")
    void failsGetAfterMaxAttempts() throws Exception {
      endsUnknown("GET", "/broken/always", RecordingApi.breaking(), 3);
    }

    @Test
    @DisplayName("max-attempts of a route overrides that of the gateway")
    void honorsMaxAttemptsOfRoute() throws Exception {
      endsUnknown("GET", "/once/GET", RecordingApi.breaking(), 1);
    }
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(strings = {"POST", "GET"})
  @DisplayName(
      "a call to an upstream that refuses connections is repeated until max-duration, then Failed")
  void failsAfterRefusedConnections(String method) throws Exception {
    var caller = unreachable.http();
    var state = caller.awaitEnd(caller.beginWith(method, "/refused", ""));
    assertThat(state.status()).isEqualTo(Status.FAILED);
    assertThat(state.phase()).isEqualTo(Phase.FAILED);
    assertThat(state.attempt()).as("what was not sent does not count").isEqualTo(1);
    assertThat(state.errorCode()).isEqualTo("upstream-unreachable");
    assertThat(state.errorMessage())
        .startsWith("Upstream unreachable since ")
        .doesNotContain("Outcome unknown");
  }

  @Test
  @DisplayName(
      "a call that waits for an unreachable upstream shows why, and when it is tried again")
  void showsWhyItWaits() throws Exception {
    try (var waiting =
        TestGateway.with("execution: { backoff-initial: 1h, backoff-max: 1h }\n")
            .flags("--upstream.url=" + closedPort.url())
            .start()) {
      var caller = waiting.http();
      var id = caller.begin("/waiting");
      var seen = new AtomicReference<>(caller.stateOf(id).state());
      Deadline.within(
          Duration.ofSeconds(20),
          "is tried",
          () -> {
            seen.set(caller.stateOf(id).state());
            return seen.get().lastError() != null;
          });
      var state = seen.get();
      assertThat(state.phase()).isEqualTo(Phase.RETRYING);
      assertThat(state.lastError())
          .contains("connecting to the upstream failed")
          .doesNotContain("127.0.0.1");
      assertThat(state.nextAttemptUtc()).isAfter(state.receivedUtc());
      assertThat(state.attempt()).isEqualTo(1);
      assertThat(state.errorCode()).isNull();
      waiting.crash();
    }
  }

  @Nested
  final class BusyUpstream {
    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"POST", "PATCH", "GET"})
    @DisplayName("a call that gets 429 is repeated")
    void repeatsAfter429(String method) throws Exception {
      repeatsAfter(method, "/429/" + method, responding(429));
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(strings = {"POST", "PATCH", "GET"})
    @DisplayName("a call that gets 503 with Retry-After is repeated")
    void repeatsAfter503WithRetryAfter(String method) throws Exception {
      repeatsAfter(method, "/503-after/" + method, responding(503, "Retry-After: 0"));
    }

    @Test
    @DisplayName("if every attempt gets 429, the last 429 is the result")
    void finishesWith429AfterMaxAttempts() throws Exception {
      finishes("POST", "/429/always", responding(429), 429, 3);
    }

    @Test
    @DisplayName("the next attempt waits for Retry-After")
    void waitsForRetryAfter() throws Exception {
      assertThat(pause("/after/1", "Retry-After: 1"))
          .isBetween(Duration.ofMillis(990), Duration.ofSeconds(20));
    }

    @Test
    @DisplayName("execution.retry-after-max caps Retry-After")
    void capsRetryAfter() throws Exception {
      assertThat(pause("/after/3600", "Retry-After: 3600"))
          .isBetween(Duration.ofMillis(1_990), Duration.ofSeconds(20));
    }
  }

  @Nested
  final class GatewayErrors {
    @ParameterizedTest(name = "{1} and {0}")
    @CsvSource({"502, POST", "502, PATCH", "503, POST", "503, PATCH", "504, POST", "504, PATCH"})
    @DisplayName("an unsafe method that gets 502, 503 or 504 without Retry-After is not repeated")
    void finishesUnsafeMethod(int status, String method) throws Exception {
      finishes(method, "/" + status + "/" + method, responding(status), status, 1);
    }

    @ParameterizedTest(name = "{1} and {0}")
    @CsvSource({
      "502, GET", "502, PUT", "502, DELETE",
      "503, GET", "503, PUT", "503, DELETE",
      "504, GET", "504, PUT", "504, DELETE"
    })
    @DisplayName("an idempotent method that gets 502, 503 or 504 without Retry-After is repeated")
    void repeatsIdempotentMethod(int status, String method) throws Exception {
      repeatsAfter(method, "/" + status + "/" + method, responding(status));
    }

    @Test
    @DisplayName("401 is never repeated with the same token, even on a repeatable route")
    void finishesWith401() throws Exception {
      finishes("PUT", "/repeatable/401", responding(401, "Retry-After: 0"), 401, 1);
    }
  }

  @Nested
  final class IdempotencyKeys {
    @Test
    @DisplayName(
        "`Idempotency-Key: <operation id>` is sent with each attempt if the caller sent none")
    void sendsOperationIdAsKey() throws Exception {
      gateway.api().on("/key/none", RecordingApi.inTurn(RecordingApi.breaking(), responding(200)));
      var id = http.beginWith("PUT", "/key/none", "x");
      assertThat(http.awaitEnd(id).attempt()).isEqualTo(2);
      for (var request : gateway.api().received("/key/none")) {
        assertThat(request.values("Idempotency-Key")).containsExactly(id);
        assertThat(request.body()).isEqualTo("x".getBytes(ISO_8859_1));
      }
    }

    @Test
    @DisplayName("the caller's own Idempotency-Key is kept")
    void keepsKeyOfCaller() throws Exception {
      http.awaitEnd(http.begin("/key/own", "Idempotency-Key", "the-caller-s"));
      assertThat(gateway.api().received("/key/own").getFirst().values("Idempotency-Key"))
          .containsExactly("the-caller-s");
    }
  }

  @Nested
  final class Phases {
    @Test
    @DisplayName("phase is running and attempt is 1 while the first request is at the upstream")
    void isRunningDuringFirstAttempt() throws Exception {
      var held = new HeldResponse();
      gateway.api().on("/phase/running", held);
      var id = http.begin("/phase/running");
      held.awaitRequest();
      assertPhase(http.stateOf(id).state(), Phase.RUNNING, Status.STARTED, 1);
      held.release();
      assertPhase(http.awaitEnd(id), Phase.FINISHED, Status.FINISHED, 1);
    }

    @Test
    @DisplayName("phase is retrying, with the next attempt's number, between two attempts")
    void isRetryingBetweenAttempts() throws Exception {
      gateway
          .api()
          .on(
              "/phase/retrying",
              RecordingApi.inTurn(responding(429, "Retry-After: 2"), responding(200)));
      var id = http.begin("/phase/retrying");
      var state =
          http.poll("/v1/background/" + id, response -> response.state().phase() != Phase.RUNNING)
              .state();
      assertPhase(state, Phase.RETRYING, Status.STARTED, 2);
      assertThat(state.statusCode()).isZero();
      assertPhase(http.awaitEnd(id), Phase.FINISHED, Status.FINISHED, 2);
    }

    @Test
    @DisplayName("phase is running and attempt is 2 while the second request is at the upstream")
    void isRunningDuringSecondAttempt() throws Exception {
      var held = new HeldResponse();
      gateway.api().on("/phase/second", RecordingApi.inTurn(responding(429), held));
      var id = http.begin("/phase/second");
      held.awaitRequest();
      assertPhase(http.stateOf(id).state(), Phase.RUNNING, Status.STARTED, 2);
      held.release();
      http.awaitEnd(id);
    }

    @Test
    @DisplayName("phase is failed if there is no response")
    void isFailedWithoutResponse() throws Exception {
      gateway.api().on("/phase/failed", RecordingApi.breaking());
      assertPhase(http.awaitEnd(http.begin("/phase/failed")), Phase.FAILED, Status.FAILED, 1);
    }
  }

  private static void assertPhase(
      BackgroundRequestStateDto state, Phase phase, Status status, int attempt) {
    assertThat(state.phase()).isEqualTo(phase);
    assertThat(state.status()).isEqualTo(status);
    assertThat(state.attempt()).isEqualTo(attempt);
  }

  private void finishes(String method, String path, Script script, int status, int attempts)
      throws Exception {
    gateway.api().on(path, script);
    var state = http.awaitEnd(http.beginWith(method, path, ""));
    assertPhase(state, Phase.FINISHED, Status.FINISHED, attempts);
    assertThat(state.statusCode()).isEqualTo(status);
    assertThat(state.errorMessage()).isNull();
    assertThat(gateway.api().received(path)).hasSize(attempts);
  }

  private void endsUnknown(String method, String path, Script script, int attempts)
      throws Exception {
    gateway.api().on(path, script);
    var state = http.awaitEnd(http.beginWith(method, path, ""));
    assertPhase(state, Phase.FAILED, Status.FAILED, attempts);
    assertThat(state.statusCode()).isZero();
    assertThat(state.errorMessage()).startsWith("Outcome unknown");
    assertThat(gateway.api().received(path)).hasSize(attempts);
  }

  /// Asserts that a request is repeated after a first failure, and that the second response is the
  /// result.
  private void repeatsAfter(String method, String path, Script failure) throws Exception {
    gateway.api().on(path, RecordingApi.inTurn(failure, responding(200)));
    var state = http.awaitEnd(http.beginWith(method, path, ""));
    assertPhase(state, Phase.FINISHED, Status.FINISHED, 2);
    assertThat(state.statusCode()).isEqualTo(200);
    assertThat(gateway.api().received(path)).hasSize(2);
  }

  /// The time between two attempts of which the first gets 429.
  private Duration pause(String path, String header) throws Exception {
    var arrivals = new CopyOnWriteArrayList<Long>();
    var responses = RecordingApi.inTurn(responding(429, header), responding(200));
    gateway
        .api()
        .on(
            path,
            (request, client) -> {
              arrivals.add(System.nanoTime());
              responses.respond(request, client);
            });
    assertThat(http.awaitEnd(http.begin(path)).statusCode()).isEqualTo(200);
    assertThat(arrivals).hasSize(2);
    return Duration.ofNanos(arrivals.getLast() - arrivals.getFirst());
  }

  private static Script responding(int status, String... headers) {
    return RecordingApi.responding(status, "", headers);
  }

  /// Closes the connection in the middle of the response body.
  private static void tear(RecordingApi.Received request, Socket client) throws IOException {
    client
        .getOutputStream()
        .write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf".getBytes(ISO_8859_1));
    client.close();
  }
}
