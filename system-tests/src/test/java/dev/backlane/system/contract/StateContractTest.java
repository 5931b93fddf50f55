package dev.backlane.system.contract;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.protocol.Status;
import dev.backlane.system.support.ClosedPort;
import dev.backlane.system.support.HeldResponse;
import dev.backlane.system.support.Http;
import dev.backlane.system.support.RecordingApi;
import dev.backlane.system.support.Statement;
import dev.backlane.system.support.Statement.Check;
import dev.backlane.system.support.TestGateway;
import java.net.URI;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// CONTRACT 1.2: the state document. Who may read it is told by [ReaderStatements].
@Timeout(60)
final class StateContractTest {
  private static final String SUBSCRIBER = "https://hooks.example.com/erp";
  private static final String UTC = "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d{1,6})?Z";

  private static ClosedPort closed;
  private static TestGateway stand;
  private static TestGateway unreachable;
  private static Http http;

  @BeforeAll
  static void open() {
    stand =
        TestGateway.open(
            """
            execution: { concurrency: 2 }
            subscriptions:
              - { tenant: nordlys, client: erp-client, url: "%s", secret: "whsec_b2YtdGhlLXRlc3RzLW9mLXRoZS10ZXN0cy0hISE=" }
            """
                .formatted(SUBSCRIBER));
    closed = new ClosedPort();
    unreachable =
        TestGateway.withFlags(
            List.of("--upstream.url=" + closed.url()),
            "execution: { backoff-initial: 50ms, max-attempts: 2 }\n");
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
    rows.addAll(wholeDocument());
    rows.addAll(progress());
    rows.addAll(times());
    rows.addAll(request());
    rows.addAll(response());
    rows.addAll(new ReaderStatements(stand, unreachable).rows());
    return Statement.rows(rows);
  }

  private static List<Statement> wholeDocument() {
    return List.of(
        new Statement(
            "every field is present in the JSON while the operation runs; what has no value yet is null",
            () ->
                running(
                    "/all/running",
                    id ->
                        assertThat(json(id))
                            .containsOnlyKeys(fields())
                            .containsEntry("finishedUtc", null)
                            .containsEntry("errorMessage", null)
                            .containsEntry("reference", null)
                            .containsEntry("webhookAddress", "none"))),
        new Statement(
            "every field is present in the JSON once it has ended",
            () -> assertThat(ended("/all/ended")).containsOnlyKeys(fields())),
        new Statement(
            "answered application/json when Accept does not say otherwise",
            () -> {
              var id = http.begin("/accept");
              for (String accept :
                  List.of("application/json", "*/*", "text/html", "text/*;q=0.1")) {
                var answer = http.stateOf(id, "Accept", accept);
                assertThat(answer.status()).isEqualTo(200);
                var expected = accept.startsWith("text/*") ? "text/json" : "application/json";
                assertThat(answer.header("Content-Type")).as(accept).isEqualTo(expected);
              }
              assertThat(http.stateOf(id).header("Content-Type")).isEqualTo("application/json");
            }),
        new Statement(
            "answered text/json when Accept prefers it",
            () -> {
              var id = http.begin("/accept");
              for (String accept : List.of("text/json", "application/json;q=0.5, text/json")) {
                var answer = http.stateOf(id, "Accept", accept);
                assertThat(answer.header("Content-Type")).as(accept).isEqualTo("text/json");
                assertThat(answer.json()).containsOnlyKeys(fields());
              }
            }),
        new Statement(
            "id: the operation, a UUID in a string",
            () -> {
              var id = http.begin("/id");
              assertThat(json(id)).containsEntry("id", id);
              assertThat(UUID.fromString(id)).hasToString(id);
            }));
  }

  private static List<Statement> progress() {
    return List.of(
        new Statement(
            "status is exactly Started, and statusCode 0, until the operation has ended",
            () ->
                running(
                    "/status/running",
                    id ->
                        assertThat(json(id))
                            .containsEntry("status", "Started")
                            .containsEntry("statusCode", 0))),
        new Statement(
            "status is exactly Finished, and statusCode what the endpoint answered, once it has ended with an answer",
            () -> {
              stand.api().on("/status/ended", RecordingApi.answering(201, "made"));
              assertThat(ended("/status/ended"))
                  .containsEntry("status", "Finished")
                  .containsEntry("statusCode", 201);
            }),
        new Statement(
            "an endpoint that answers 400 gives Finished with that statusCode, and its body is the content",
            () -> endpointError(400)),
        new Statement(
            "an endpoint that answers 500 gives Finished with that statusCode, and its body is the content",
            () -> endpointError(500)),
        new Statement(
            "an upstream that cannot be reached gives exactly Failed, statusCode 0 and an errorMessage",
            () -> {
              var failing = unreachable.http();
              var id = failing.begin("/nobody");
              failing.awaitEnd(id);
              assertThat(failing.stateOf(id).json())
                  .containsEntry("status", "Failed")
                  .containsEntry("statusCode", 0)
                  .containsEntry("hasResponseContent", false)
                  .containsEntry("responseHeaders", Map.of())
                  .hasEntrySatisfying(
                      "errorMessage",
                      message -> assertThat(message).asString().contains("not reached"));
            }));
  }

  private static List<Statement> times() {
    return List.of(
        new Statement(
            "receivedUtc, startedUtc and finishedUtc are ISO 8601, UTC, with Z, and in this order",
            () -> {
              var before = Instant.now();
              var state = ended("/times");
              var received = time(state, "receivedUtc");
              var started = time(state, "startedUtc");
              var finished = time(state, "finishedUtc");
              assertThat(List.of(received, started, finished)).isSorted();
              // Ids hold the time of receipt in whole milliseconds.
              assertThat(received).isBetween(before.minusMillis(1), Instant.now());
              assertThat(finished).isBeforeOrEqualTo(Instant.now());
            }),
        new Statement(
            "startedUtc and finishedUtc are null until it has happened",
            () -> {
              var first = new HeldResponse();
              var second = new HeldResponse();
              stand.api().on("/times/first", first);
              stand.api().on("/times/second", second);
              var firstId = http.begin("/times/first");
              var secondId = http.begin("/times/second");
              first.awaitRequest();
              second.awaitRequest();
              var queued = http.begin("/times/queued");
              assertThat(json(queued))
                  .containsEntry("startedUtc", null)
                  .containsEntry("finishedUtc", null);
              time(json(queued), "receivedUtc");
              assertThat(json(firstId)).containsEntry("finishedUtc", null);
              time(json(firstId), "startedUtc");
              first.open();
              second.open();
              for (String id : List.of(firstId, secondId, queued)) {
                http.awaitEnd(id);
                time(json(id), "startedUtc");
                time(json(id), "finishedUtc");
              }
            }));
  }

  private static List<Statement> request() {
    return List.of(
        new Statement(
            "webhookAddress: the URL to be notified",
            () ->
                assertThat(triggered("http://192.0.43.8/done"))
                    .containsEntry("webhookAddress", "http://192.0.43.8/done")),
        new Statement(
            "webhookAddress: the subscription's URL",
            () ->
                assertThat(triggered("subscription")).containsEntry("webhookAddress", SUBSCRIBER)),
        new Statement(
            "webhookAddress: none",
            () -> assertThat(triggered("none")).containsEntry("webhookAddress", "none")),
        new Statement(
            "reference: the caller's own reference, or null",
            () -> {
              assertThat(ended("/reference", "Backlane-Reference", "invoice 7"))
                  .containsEntry("reference", "invoice 7");
              assertThat(ended("/reference")).containsEntry("reference", null);
            }),
        new Statement(
            "originalUri: the absolute URI of the endpoint, with its query, on server.public-url",
            () -> {
              var id = http.rawBegin("GET /a%2Fb?q=%20+&&x=[1] HTTP/1.1\r\n", "");
              assertThat(json(id))
                  .containsEntry("originalUri", http.url() + "/a%2Fb?q=%20+&&x=[1]");
            }),
        new Statement(
            "hasRequestContent: the request had a body",
            () -> {
              assertThat(json(http.beginWith("POST", "/had", "1")))
                  .containsEntry("hasRequestContent", true);
              assertThat(json(http.beginWith("POST", "/had", "")))
                  .containsEntry("hasRequestContent", false);
              assertThat(json(http.beginWith("GET", "/had", "")))
                  .containsEntry("hasRequestContent", false);
            }),
        new Statement(
            "contentLocation: the absolute URI of the content",
            () -> {
              var state = ended("/content/location");
              assertThat(state)
                  .containsEntry(
                      "contentLocation",
                      http.url() + "/v1/background/" + state.get("id") + "/content");
              var location = URI.create(String.valueOf(state.get("contentLocation")));
              assertThat(location.isAbsolute()).isTrue();
              assertThat(http.get(location.toString()).status()).isEqualTo(200);
            }));
  }

  private static List<Statement> response() {
    return List.of(
        new Statement(
            "errorMessage is null where an answer was given",
            () -> assertThat(ended("/answered")).containsEntry("errorMessage", null)),
        new Statement(
            "hasResponseContent: the response had a body; set when the operation ends",
            () -> {
              running(
                  "/body/running",
                  id -> assertThat(json(id)).containsEntry("hasResponseContent", false));
              assertThat(ended("/body/running")).containsEntry("hasResponseContent", true);
            }),
        new Statement(
            "hasResponseContent is false for an empty 200, and for 204",
            () -> {
              stand.api().on("/body/empty", RecordingApi.answering(200, ""));
              stand.api().on("/body/none", RecordingApi.answering(204, ""));
              assertThat(ended("/body/empty")).containsEntry("hasResponseContent", false);
              assertThat(ended("/body/none")).containsEntry("hasResponseContent", false);
            }),
        new Statement(
            "responseHeaders: an object of strings, with Content-Type whatever letter case the endpoint writes",
            () -> {
              stand
                  .api()
                  .on(
                      "/headers",
                      RecordingApi.answering(
                          200,
                          "x",
                          "content-type: text/plain",
                          "X-Rows: 7",
                          "X-Tag: a",
                          "X-Tag: b"));
              assertThat(ended("/headers").get("responseHeaders"))
                  .isEqualTo(
                      Map.of(
                          "Content-Type",
                          "text/plain",
                          "X-Rows",
                          "7",
                          "X-Tag",
                          "a, b",
                          "Content-Length",
                          "1"));
            }),
        new Statement(
            "responseHeaders is empty until the operation has ended",
            () ->
                running(
                    "/headers/running",
                    id -> assertThat(json(id)).containsEntry("responseHeaders", Map.of()))));
  }

  private static String[] fields() {
    return new String[] {
      "id",
      "status",
      "statusCode",
      "receivedUtc",
      "startedUtc",
      "finishedUtc",
      "webhookAddress",
      "errorMessage",
      "reference",
      "originalUri",
      "hasRequestContent",
      "hasResponseContent",
      "contentLocation",
      "responseHeaders",
      "phase",
      "attempt"
    };
  }

  /// What holds for an operation.
  @FunctionalInterface
  private interface OfOperation {
    void check(String id) throws Exception;
  }

  /// Checks an operation while its request is at the endpoint, and lets it end.
  private static void running(String path, OfOperation holds) throws Exception {
    var gate = new HeldResponse();
    stand.api().on(path, gate);
    var id = http.begin(path);
    gate.awaitRequest();
    try {
      holds.check(id);
    } finally {
      gate.open();
    }
    assertThat(http.awaitEnd(id).status()).isEqualTo(Status.FINISHED);
  }

  private static Map<String, Object> json(String id) throws Exception {
    return http.stateOf(id).json();
  }

  private static Map<String, Object> ended(String path, String... headers) throws Exception {
    var id = http.begin(path, headers);
    http.awaitEnd(id);
    return json(id);
  }

  private static Map<String, Object> triggered(String trigger) throws Exception {
    return json(http.post("/triggered", "{}", "erp-api-background", trigger).acceptedId());
  }

  private static Instant time(Map<String, Object> state, String field) {
    assertThat(state.get(field)).asString().matches(UTC);
    return Instant.parse(String.valueOf(state.get(field)));
  }

  private static void endpointError(int status) throws Exception {
    stand.api().on("/error/" + status, RecordingApi.answering(status, "what is wrong"));
    var state = ended("/error/" + status);
    assertThat(state)
        .containsEntry("status", "Finished")
        .containsEntry("statusCode", status)
        .containsEntry("errorMessage", null)
        .containsEntry("hasResponseContent", true);
    assertThat(http.contentOf(String.valueOf(state.get("id"))).body())
        .isEqualTo("what is wrong".getBytes(UTF_8));
  }
}
