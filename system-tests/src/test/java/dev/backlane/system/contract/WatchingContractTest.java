package dev.backlane.system.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.protocol.BackgroundRequestStateDto;
import dev.backlane.protocol.Phase;
import dev.backlane.protocol.Status;
import dev.backlane.system.support.HeldResponse;
import dev.backlane.system.support.Http;
import dev.backlane.system.support.RecordingApi;
import dev.backlane.system.support.Statement;
import dev.backlane.system.support.Statement.Check;
import dev.backlane.system.support.TestGateway;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// CONTRACT 2.3: watching and steering an operation. The list has [ListStatements] of its own, the content
/// [StoredContentStatements].
@Timeout(60)
final class WatchingContractTest {
  private static TestGateway stand;
  private static TestGateway narrow;
  private static TestGateway forgetful;
  private static Http http;

  @BeforeAll
  static void open() {
    stand = TestGateway.open("");
    narrow = TestGateway.open("execution: { concurrency: 1 }\n");
    forgetful = TestGateway.open("retention: 3s\n");
    http = stand.http();
  }

  @AfterAll
  static void close() {
    stand.close();
    narrow.close();
    forgetful.close();
  }

  @ParameterizedTest
  @MethodSource("statements")
  void holds(Check check) throws Exception {
    check.run();
  }

  static Stream<Arguments> statements() {
    var rows = new ArrayList<Statement>();
    rows.addAll(conditional());
    rows.addAll(waiting());
    rows.addAll(new ListStatements(stand).rows());
    rows.addAll(canceling());
    rows.addAll(cancelRefusals());
    rows.addAll(new StoredContentStatements(stand).rows());
    rows.addAll(retention());
    return Statement.rows(rows);
  }

  private static List<Statement> conditional() {
    return List.of(
        new Statement(
            "state responses carry an ETag, which changes when the state does",
            () -> {
              var gate = gate("/tag");
              var id = http.begin("/tag");
              gate.awaitRequest();
              var before = http.stateOf(id);
              assertThat(before.header("ETag")).matches("\"[^\"]+\"");
              assertThat(http.stateOf(id).header("ETag")).isEqualTo(before.header("ETag"));
              gate.open();
              http.awaitEnd(id);
              assertThat(http.stateOf(id).header("ETag"))
                  .matches("\"[^\"]+\"")
                  .isNotEqualTo(before.header("ETag"));
            }),
        new Statement(
            "304 without a body on If-None-Match, 200 once the state has changed",
            () -> {
              var gate = gate("/match");
              var id = http.begin("/match");
              gate.awaitRequest();
              var tag = http.stateOf(id).header("ETag");
              var same = http.stateOf(id, "If-None-Match", "\"other\", " + tag);
              assertThat(same.status()).isEqualTo(304);
              assertThat(same.body()).isEmpty();
              assertThat(same.header("ETag")).isEqualTo(tag);
              gate.open();
              http.awaitEnd(id);
              assertThat(http.stateOf(id, "If-None-Match", tag).status()).isEqualTo(200);
            }),
        new Statement(
            "application/json and text/json have different ETags",
            () -> {
              var id = ended("/media");
              assertThat(http.stateOf(id, "Accept", "text/json").header("ETag"))
                  .isNotEqualTo(http.stateOf(id).header("ETag"));
            }),
        new Statement(
            "Retry-After in seconds while not ended, also with 304, and none once ended",
            () -> {
              var gate = gate("/retry-after");
              var id = http.begin("/retry-after");
              gate.awaitRequest();
              var running = http.stateOf(id);
              assertThat(Integer.parseInt(running.header("Retry-After"))).isBetween(1, 30);
              assertThat(
                      http.stateOf(id, "If-None-Match", running.header("ETag"))
                          .header("Retry-After"))
                  .isNotEmpty();
              gate.open();
              http.awaitEnd(id);
              assertThat(http.stateOf(id).headers().firstValue("Retry-After")).isEmpty();
            }));
  }

  private static List<Statement> waiting() {
    return List.of(
        new Statement(
            "?wait=30 holds the answer until the operation ends",
            () -> holdsUntilEnd("/wait/query", "?wait=30")),
        new Statement(
            "Prefer: wait=30 holds the answer until the operation ends",
            () -> holdsUntilEnd("/wait/prefer", "", "Prefer", "wait=30")),
        new Statement(
            "?wait=1 answers when the time is over, and the operation has not ended",
            () -> holdsForTime("/time/query", "?wait=1")),
        new Statement(
            "Prefer: wait=1 answers when the time is over, and the operation has not ended",
            () -> holdsForTime("/time/prefer", "", "Prefer", "wait=1")),
        new Statement(
            "?wait=30 answers at once where the operation has ended",
            () -> {
              var begun = System.nanoTime();
              var state = http.get("/v1/background/" + ended("/over") + "?wait=30").state();
              assertThat(state.status()).isEqualTo(Status.FINISHED);
              assertThat(since(begun)).isLessThan(Duration.ofSeconds(15));
            }),
        new Statement(
            "a wait that is not a number of seconds is 400",
            () -> {
              var id = ended("/over");
              for (String wait : List.of("soon", "-1", "1.5")) {
                http.get("/v1/background/" + id + "?wait=" + wait)
                    .assertProblem(400, "invalid-request");
              }
            }));
  }

  private static List<Statement> canceling() {
    return List.of(
        new Statement(
            "a queued operation is canceled with 204 and never executes",
            WatchingContractTest::cancelsQueued),
        new Statement(
            "a running operation is canceled with 202, broken off, and says that the upstream may have acted",
            () -> {
              var gate = gate("/cancel/running");
              var id = http.begin("/cancel/running");
              gate.awaitRequest();
              assertThat(http.delete("/v1/background/" + id).status()).isEqualTo(202);
              var state = http.awaitEnd(id);
              assertThat(state.phase()).isEqualTo(Phase.CANCELED);
              assertThat(state.status()).isEqualTo(Status.FAILED);
              assertThat(state.statusCode()).isZero();
              assertThat(state.errorMessage()).contains("the upstream may have acted");
              gate.open();
              assertThat(http.contentOf(id).status()).isEqualTo(404);
              assertThat(http.stateOf(id).state().phase()).isEqualTo(Phase.CANCELED);
            }),
        new Statement(
            "an operation that waits for another attempt is canceled with 204 and has none",
            () -> {
              stand
                  .api()
                  .on("/cancel/retrying", RecordingApi.answering(429, "", "Retry-After: 3000"));
              var id = http.begin("/cancel/retrying");
              http.poll("/v1/background/" + id, answer -> answer.state().phase() == Phase.RETRYING);
              assertThat(http.delete("/v1/background/" + id).status()).isEqualTo(204);
              assertThat(http.awaitEnd(id).phase()).isEqualTo(Phase.CANCELED);
              assertThat(stand.api().received("/cancel/retrying")).hasSize(1);
            }));
  }

  private static List<Statement> cancelRefusals() {
    return List.of(
        new Statement(
            "409 once it has ended, and its state and content stay",
            () -> {
              var id = ended("/cancel/late");
              http.delete("/v1/background/" + id).assertProblem(409, "conflict");
              assertThat(http.stateOf(id).state().phase()).isEqualTo(Phase.FINISHED);
              assertThat(http.contentOf(id).text()).isEqualTo("{}");
            }),
        new Statement(
            "409 once it is canceled",
            () -> {
              var gate = gate("/cancel/twice");
              var id = http.begin("/cancel/twice");
              gate.awaitRequest();
              assertThat(http.delete("/v1/background/" + id).status()).isEqualTo(202);
              http.delete("/v1/background/" + id).assertProblem(409, "conflict");
              gate.open();
            }),
        new Statement(
            "403 for who may not read it, and it runs on",
            () -> {
              var gate = gate("/cancel/others");
              var id = http.begin("/cancel/others");
              gate.awaitRequest();
              stand
                  .http("other-client", TestGateway.TENANT, "other-user")
                  .delete("/v1/background/" + id)
                  .assertProblem(403, "forbidden");
              gate.open();
              assertThat(http.awaitEnd(id).status()).isEqualTo(Status.FINISHED);
            }),
        new Statement(
            "404 for an unknown id",
            () ->
                http.delete("/v1/background/019aa000-0000-7000-8000-00000000000a")
                    .assertProblem(404, "not-found")));
  }

  private static void cancelsQueued() throws Exception {
    var gate = new HeldResponse();
    narrow.api().on("/busy", gate);
    var caller = narrow.http();
    var first = caller.begin("/busy");
    gate.awaitRequest();
    var queued = caller.begin("/cancel/queued");
    assertThat(caller.stateOf(queued).state().phase()).isEqualTo(Phase.QUEUED);
    assertThat(caller.delete("/v1/background/" + queued).status()).isEqualTo(204);
    var state = caller.stateOf(queued).state();
    assertThat(state.phase()).isEqualTo(Phase.CANCELED);
    assertThat(state.status()).isEqualTo(Status.FAILED);
    assertThat(state.errorMessage()).contains("the upstream has not seen the request");
    gate.open();
    caller.awaitEnd(first);
    // Its turn would have come before this one's.
    caller.awaitEnd(caller.begin("/after"));
    assertThat(narrow.api().received("/cancel/queued")).isEmpty();
  }

  private static List<Statement> retention() {
    return List.of(
        new Statement(
            "retention, counted from receipt, is over: state 404, content 410, gone from the list; what runs outlives it",
            () -> {
              var gate = new HeldResponse();
              forgetful.api().on("/outlives", gate);
              var caller = forgetful.http();
              var running = caller.begin("/outlives");
              gate.awaitRequest();
              var ended = caller.begin("/forgotten");
              assertThat(caller.awaitEnd(ended).statusCode()).isEqualTo(200);
              caller
                  .poll("/v1/background/" + ended, answer -> answer.status() != 200)
                  .assertProblem(404, "not-found");
              caller.contentOf(ended).assertProblem(410, "gone");
              // Received earlier, so its time is over too.
              assertThat(caller.stateOf(running).state().status()).isEqualTo(Status.STARTED);
              caller.contentOf(running).assertProblem(404, "no-content");
              assertThat(caller.get("/v1/background").page().items())
                  .extracting(BackgroundRequestStateDto::id)
                  .containsExactly(running);
              gate.open();
            }));
  }

  private static HeldResponse gate(String path) {
    var gate = new HeldResponse();
    stand.api().on(path, gate);
    return gate;
  }

  private static String ended(String path) throws Exception {
    var id = http.begin(path);
    http.awaitEnd(id);
    return id;
  }

  private static Duration since(long nanos) {
    return Duration.ofNanos(System.nanoTime() - nanos);
  }

  private static void holdsUntilEnd(String path, String query, String... headers) throws Exception {
    var gate = gate(path);
    var id = http.begin(path);
    gate.awaitRequest();
    Callable<Http.Answer> asking = () -> http.get("/v1/background/" + id + query, headers);
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var begun = System.nanoTime();
      var answer = threads.submit(asking);
      // The answer is held while another one is given.
      http.get("/v1/background/" + id + "?wait=1");
      assertThat(answer.isDone()).isFalse();
      gate.open();
      assertThat(answer.get().state().status()).isEqualTo(Status.FINISHED);
      assertThat(since(begun)).isLessThan(Duration.ofSeconds(25));
    }
  }

  private static void holdsForTime(String path, String query, String... headers) throws Exception {
    var gate = gate(path);
    var id = http.begin(path);
    gate.awaitRequest();
    var begun = System.nanoTime();
    var state = http.get("/v1/background/" + id + query, headers).state();
    assertThat(since(begun)).isBetween(Duration.ofMillis(990), Duration.ofSeconds(25));
    assertThat(state.status()).isEqualTo(Status.STARTED);
    gate.open();
    http.awaitEnd(id);
  }
}
