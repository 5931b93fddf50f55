package dev.backlane.system.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.protocol.Phase;
import dev.backlane.system.support.ClosedPort;
import dev.backlane.system.support.HeldResponse;
import dev.backlane.system.support.Http;
import dev.backlane.system.support.RecordingApi;
import dev.backlane.system.support.Statement;
import dev.backlane.system.support.Statement.Check;
import dev.backlane.system.support.TestGateway;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// CONTRACT 2.1: what is accepted, how it is answered, and what is refused. What is refused has [RefusalStatements] of its own,
/// repeated calls [IdempotencyStatements], calls without the trigger [ProxyStatements].
@Timeout(60)
final class AcceptingContractTest {
  private static ClosedPort closed;
  private static TestGateway stand;
  private static TestGateway narrow;
  private static TestGateway unreachable;
  private static Http http;

  @BeforeAll
  static void open() {
    stand =
        TestGateway.withFlags(
            List.of("--upstream.response-timeout=2s"),
            """
            limits: { request-body-max: 64KiB }
            """);
    narrow =
        TestGateway.open(
            """
            execution: { concurrency: 1 }
            limits: { queue-max: 1, wait-max: 1s }
            """);
    closed = new ClosedPort();
    unreachable = TestGateway.withFlags(List.of("--upstream.url=" + closed.url()), "");
    http = stand.http();
  }

  @AfterAll
  static void close() {
    stand.close();
    narrow.close();
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
    rows.addAll(preferences());
    rows.addAll(waiting());
    rows.addAll(references());
    rows.addAll(identity());
    for (String prefix : List.of("", "/api", "/API/controller/api")) {
      rows.add(
          new Statement(
              "locations keep the request's prefix, and the upstream gets the path with it: '"
                  + prefix
                  + "'",
              () -> keepsPrefix(prefix)));
    }
    rows.addAll(load());
    rows.addAll(new IdempotencyStatements(stand).rows());
    rows.add(
        new Statement(
            "Idempotency-Key counts within the retention", AcceptingContractTest::forgetsKey));
    rows.addAll(new RefusalStatements(stand).rows());
    rows.addAll(new ProxyStatements(stand, unreachable).rows());
    return Statement.rows(rows);
  }

  private static List<Statement> preferences() {
    return List.of(
        new Statement(
            "Prefer: respond-async triggers as none does; Preference-Applied says so",
            () -> {
              var answer = http.post("/prefer/async", "{}", "Prefer", "respond-async");
              var id = answer.acceptedId();
              assertThat(answer.header("Preference-Applied")).isEqualTo("respond-async");
              assertThat(http.stateOf(id).state().webhookAddress()).isEqualTo("none");
              assertThat(http.awaitEnd(id).statusCode()).isEqualTo(200);
            }),
        new Statement(
            "Preference-Applied is not sent where nothing was preferred",
            () -> {
              var answer = http.post("/prefer/none", "{}", "erp-api-background", "none");
              assertThat(answer.headers().firstValue("Preference-Applied")).isEmpty();
            }),
        new Statement(
            "Prefer: respond-async without a token is 401",
            () ->
                http.as("")
                    .post("/prefer/async", "{}", "Prefer", "respond-async")
                    .assertProblem(401, "unauthorized")));
  }

  private static List<Statement> waiting() {
    return List.of(
        new Statement(
            "with wait=N the plain upstream response, where it is there in time: status, headers, body",
            () -> waits("Prefer", "respond-async, wait=25")),
        new Statement(
            "wait=N with the trigger header instead of respond-async",
            () -> waits("erp-api-background", "none", "Prefer", "wait=25")),
        new Statement(
            "with wait=N a plain upstream response without a body",
            () -> {
              stand.api().on("/wait/204", RecordingApi.answering(204, "", "X-Rows: 0"));
              var answer = http.post("/wait/204", "{}", "Prefer", "respond-async, wait=25");
              assertThat(answer.status()).isEqualTo(204);
              assertThat(answer.header("X-Rows")).isEqualTo("0");
              assertThat(answer.body()).isEmpty();
            }),
        new Statement(
            "with wait=N that is over too soon 202, and the operation goes on",
            () -> {
              var gate = new HeldResponse();
              stand.api().on("/wait/late", gate);
              var answer = http.post("/wait/late", "{}", "Prefer", "respond-async, wait=1");
              var id = answer.acceptedId();
              assertThat(answer.header("Preference-Applied")).isEqualTo("respond-async");
              gate.open();
              assertThat(http.awaitEnd(id).statusCode()).isEqualTo(200);
              assertThat(http.contentOf(id).text()).isEqualTo("late");
            }),
        new Statement(
            "with wait=N 202 where no answer of the upstream can be given",
            () -> {
              stand.api().on("/wait/broken", RecordingApi.breaking());
              var id =
                  http.post("/wait/broken", "{}", "Prefer", "respond-async, wait=25").acceptedId();
              assertThat(http.awaitEnd(id).phase()).isEqualTo(Phase.FAILED);
            }),
        new Statement(
            "wait is capped by limits.wait-max",
            () -> {
              var gate = new HeldResponse();
              narrow.api().on("/wait/capped", gate);
              var begun = System.nanoTime();
              var id =
                  narrow
                      .http()
                      .post("/wait/capped", "{}", "Prefer", "respond-async, wait=28")
                      .acceptedId();
              assertThat(Duration.ofNanos(System.nanoTime() - begun))
                  .isBetween(Duration.ofMillis(990), Duration.ofSeconds(20));
              gate.open();
              narrow.http().awaitEnd(id);
            }));
  }

  private static List<Statement> references() {
    return List.of(
        new Statement(
            "Backlane-Reference sets reference",
            () -> refers("invoice 7", "Backlane-Reference", "invoice 7")),
        new Statement(
            "Backlane-Reference of 255 characters",
            () -> refers("x".repeat(255), "Backlane-Reference", "x".repeat(255))),
        new Statement(
            "Backlane-Reference of 256 characters is refused, and nothing is stored",
            () -> {
              var caller = stand.http("long-reference", TestGateway.TENANT, "long-reference");
              caller
                  .post(
                      "/reference/long",
                      "{}",
                      "erp-api-background",
                      "none",
                      "Backlane-Reference",
                      "x".repeat(256))
                  .assertProblem(400, "invalid-background-header");
              assertThat(caller.get("/v1/background").page().items()).isEmpty();
              assertThat(stand.api().received("/reference/long")).isEmpty();
            }),
        new Statement(
            "Backlane-Reference is for Backlane alone: the upstream does not see it",
            () -> {
              http.awaitEnd(http.begin("/reference/upstream", "Backlane-Reference", "mine"));
              assertThat(
                      stand
                          .api()
                          .received("/reference/upstream")
                          .getFirst()
                          .values("Backlane-Reference"))
                  .isEmpty();
            }));
  }

  private static List<Statement> identity() {
    return List.of(
        new Statement(
            "ids are UUIDs of version 7, and sort by the time of receipt",
            () -> {
              var first = http.begin("/ids");
              var second = http.begin("/ids");
              for (String id : List.of(first, second)) {
                assertThat(UUID.fromString(id).version()).isEqualTo(7);
                assertThat(UUID.fromString(id).variant()).isEqualTo(2);
                long millis = UUID.fromString(id).getMostSignificantBits() >>> 16;
                assertThat(http.stateOf(id).state().receivedUtc())
                    .isEqualTo(Instant.ofEpochMilli(millis));
              }
              assertThat(second).isGreaterThan(first);
            }),
        new Statement(
            "locations stand on server.public-url, whatever Host says",
            () -> {
              var id = http.rawBegin("GET /public HTTP/1.1\r\n", "");
              assertThat(http.stateOf(id).json())
                  .containsEntry(
                      "contentLocation", http.url() + "/v1/background/" + id + "/content")
                  .containsEntry("originalUri", http.url() + "/public");
            }),
        new Statement(
            "erp-api-background never reaches the upstream with a replayed call",
            () -> {
              http.awaitEnd(http.begin("/trigger/replayed"));
              var received = stand.api().received("/trigger/replayed").getFirst();
              assertThat(received.values("erp-api-background")).isEmpty();
            }),
        new Statement(
            "Backlane's own paths are not passed on, with the trigger or without",
            () -> {
              assertThat(http.get("/v1/background/x", "erp-api-background", "none").status())
                  .isEqualTo(404);
              assertThat(http.post("/v1/background", "{}").status()).isEqualTo(405);
              assertThat(stand.api().received("/v1/background/x")).isEmpty();
              assertThat(stand.api().received("/v1/background")).isEmpty();
            }));
  }

  private static List<Statement> load() {
    return List.of(
        new Statement(
            "503 with Retry-After where the queue is full, and nothing is stored",
            () -> {
              var gate = new HeldResponse();
              narrow.api().on("/load/busy", gate);
              var caller = narrow.http();
              var running = caller.begin("/load/busy");
              gate.awaitRequest();
              var queued = caller.begin("/load/queued");
              var refused = caller.post("/load/full", "{}", "erp-api-background", "none");
              refused.assertProblem(503, "overloaded");
              assertThat(Integer.parseInt(refused.header("Retry-After"))).isPositive();
              // Its place in the queue is free again; a call without the trigger needs none.
              assertThat(caller.post("/load/proxied", "x").text()).isEqualTo("x");
              gate.open();
              caller.awaitEnd(running);
              caller.awaitEnd(queued);
              caller.awaitEnd(caller.begin("/load/after"));
              assertThat(narrow.api().received("/load/full")).isEmpty();
            }));
  }

  private static void waits(String... headers) throws Exception {
    stand
        .api()
        .on(
            "/wait/plain",
            RecordingApi.answering(
                207, "{\"rows\":7}", "Content-Type: application/x-rows", "X-Tag: a", "X-Tag: b"));
    var answer = http.post("/wait/plain", "{}", headers);
    assertThat(answer.status()).isEqualTo(207);
    assertThat(answer.text()).isEqualTo("{\"rows\":7}");
    assertThat(answer.header("Content-Type")).isEqualTo("application/x-rows");
    assertThat(answer.headers().allValues("X-Tag")).containsExactly("a", "b");
    assertThat(answer.headers().firstValue("Location")).isEmpty();
  }

  private static void refers(String reference, String... headers) throws Exception {
    assertThat(http.stateOf(http.begin("/reference", headers)).state().reference())
        .isEqualTo(reference);
  }

  private static void keepsPrefix(String prefix) throws Exception {
    var path = prefix + "/v3/prefixed";
    var answer = http.post(path, "{}", "erp-api-background", "none");
    var id = answer.acceptedId();
    var location = http.url() + prefix + "/v1/background/" + id;
    assertThat(answer.header("Location")).isEqualTo(location);
    assertThat(answer.accepted().stateLocation()).isEqualTo(location);
    assertThat(answer.accepted().contentLocation()).isEqualTo(location + "/content");
    assertThat(http.awaitEnd(id).originalUri()).isEqualTo(http.url() + path);
    assertThat(stand.api().received(path)).hasSize(1);
    for (String asked : List.of("", "/api", "/API/controller/api")) {
      var state = http.get(asked + "/v1/background/" + id).state();
      assertThat(state.contentLocation())
          .isEqualTo(http.url() + asked + "/v1/background/" + id + "/content");
      assertThat(http.get(asked + "/v1/background/" + id + "/content").text()).isEqualTo("{}");
      assertThat(http.get(asked + "/v1/background?limit=1").page().items().getFirst())
          .isEqualTo(state);
    }
  }

  private static void forgetsKey() throws Exception {
    try (var forgetful = TestGateway.open("retention: 1s\n")) {
      var caller = forgetful.http();
      var first = caller.begin("/key", "Idempotency-Key", "short-lived");
      long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
      while (caller.begin("/key", "Idempotency-Key", "short-lived").equals(first)) {
        assertThat(System.nanoTime()).as("the key is forgotten in time").isLessThan(end);
      }
    }
  }
}
