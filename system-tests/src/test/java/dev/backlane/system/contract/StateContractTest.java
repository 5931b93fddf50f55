package dev.backlane.system.contract;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.protocol.Status;
import dev.backlane.system.support.ClosedPort;
import dev.backlane.system.support.HeldResponse;
import dev.backlane.system.support.Http;
import dev.backlane.system.support.RecordingApi;
import dev.backlane.system.support.TestGateway;
import java.net.URI;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/// CONTRACT 1.2: the state document. [StateAccessContractTest] tests who may read it.
@Timeout(60)
final class StateContractTest {
  private static final String SUBSCRIBER = "https://hooks.example.com/erp";
  private static final String UTC = "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d{1,6})?Z";

  @RegisterExtension
  static final TestGateway gateway =
      TestGateway.with(
          """
          execution: { concurrency: 2, concurrency-per-tenant: 2 }
          subscriptions:
            - { tenant: nordlys, client: erp-client, url: "%s", secret: "whsec_b2YtdGhlLXRlc3RzLW9mLXRoZS10ZXN0cy0hISE=" }
          """
              .formatted(SUBSCRIBER));

  @AutoClose private static final ClosedPort closedPort = new ClosedPort();

  @RegisterExtension
  static final TestGateway unreachable =
      TestGateway.with("execution: { backoff-initial: 50ms, max-duration: 2s }\n")
          .flags("--upstream.url=" + closedPort.url());

  private final Http http = gateway.http();

  @Nested
  final class Document {
    @Test
    @DisplayName(
        "every field is present while the operation runs; fields without a value yet are null")
    void containsEveryFieldWhileRunning() throws Exception {
      running(
          "/all/running",
          id ->
              assertThat(json(id))
                  .containsOnlyKeys(fields())
                  .containsEntry("finishedUtc", null)
                  .containsEntry("errorMessage", null)
                  .containsEntry("reference", null)
                  .containsEntry("webhookAddress", "none"));
    }

    @Test
    @DisplayName("every field is present once the operation has ended")
    void containsEveryFieldAfterEnd() throws Exception {
      assertThat(ended("/all/ended")).containsOnlyKeys(fields());
    }

    @Test
    @DisplayName("the media type is application/json unless Accept says otherwise")
    void returnsApplicationJsonByDefault() throws Exception {
      var id = http.begin("/accept");
      for (String accept : List.of("application/json", "*/*", "text/html", "text/*;q=0.1")) {
        var response = http.stateOf(id, "Accept", accept);
        assertThat(response.status()).isEqualTo(200);
        var expected = accept.startsWith("text/*") ? "text/json" : "application/json";
        assertThat(response.header("Content-Type")).as(accept).isEqualTo(expected);
      }
      assertThat(http.stateOf(id).header("Content-Type")).isEqualTo("application/json");
    }

    @Test
    @DisplayName("the media type is text/json if Accept prefers it")
    void returnsTextJsonIfPreferred() throws Exception {
      var id = http.begin("/accept");
      for (String accept : List.of("text/json", "application/json;q=0.5, text/json")) {
        var response = http.stateOf(id, "Accept", accept);
        assertThat(response.header("Content-Type")).as(accept).isEqualTo("text/json");
        assertThat(response.json()).containsOnlyKeys(fields());
      }
    }

    @Test
    @DisplayName("id: the operation, a UUID in a string")
    void identifiesOperationByUuid() throws Exception {
      var id = http.begin("/id");
      assertThat(json(id)).containsEntry("id", id);
      assertThat(UUID.fromString(id)).hasToString(id);
    }
  }

  @Nested
  final class Progress {
    @Test
    @DisplayName("status is exactly Started, and statusCode 0, until the operation has ended")
    void isStartedUntilEnd() throws Exception {
      running(
          "/status/running",
          id ->
              assertThat(json(id))
                  .containsEntry("status", "Started")
                  .containsEntry("statusCode", 0));
    }

    @Test
    @DisplayName(
        "status is exactly Finished, and statusCode that of the endpoint, once it has responded")
    void isFinishedWithStatusCode() throws Exception {
      gateway.api().on("/status/ended", RecordingApi.responding(201, "made"));
      assertThat(ended("/status/ended"))
          .containsEntry("status", "Finished")
          .containsEntry("statusCode", 201);
    }

    @Test
    @DisplayName(
        "if the endpoint returns 400, status is Finished with that statusCode; the body is the"
            + " content")
    void isFinishedWith400() throws Exception {
      endpointError(400);
    }

    @Test
    @DisplayName(
        "if the endpoint returns 500, status is Finished with that statusCode; the body is the"
            + " content")
    void isFinishedWith500() throws Exception {
      endpointError(500);
    }

    @Test
    @DisplayName("status is exactly Failed, with an errorMessage, if the upstream is unreachable")
    void isFailedWhenUpstreamIsUnreachable() throws Exception {
      var failing = unreachable.http();
      var id = failing.begin("/unreachable");
      failing.awaitEnd(id);
      assertThat(failing.stateOf(id).json())
          .containsEntry("status", "Failed")
          .containsEntry("statusCode", 0)
          .containsEntry("hasResponseContent", false)
          .containsEntry("responseHeaders", Map.of())
          .hasEntrySatisfying(
              "errorMessage", message -> assertThat(message).asString().contains("unreachable"))
          .containsEntry("errorCode", "upstream-unreachable");
    }
  }

  @Nested
  final class Times {
    @Test
    @DisplayName(
        "receivedUtc, startedUtc and finishedUtc are ISO 8601, UTC, with Z, and in this order")
    void ordersTimesInUtc() throws Exception {
      var before = Instant.now();
      var state = ended("/times");
      var received = time(state, "receivedUtc");
      var started = time(state, "startedUtc");
      var finished = time(state, "finishedUtc");
      assertThat(List.of(received, started, finished)).isSorted();
      // Ids contain the time of receipt in milliseconds.
      assertThat(received).isBetween(before.minusMillis(1), Instant.now());
      assertThat(finished).isBeforeOrEqualTo(Instant.now());
    }

    @Test
    @DisplayName("startedUtc and finishedUtc are null until the operation has started and ended")
    void isNullBeforeStartAndEnd() throws Exception {
      var first = new HeldResponse();
      var second = new HeldResponse();
      gateway.api().on("/times/first", first);
      gateway.api().on("/times/second", second);
      var firstId = http.begin("/times/first");
      var secondId = http.begin("/times/second");
      first.awaitRequest();
      second.awaitRequest();
      var queued = http.begin("/times/queued");
      assertThat(json(queued)).containsEntry("startedUtc", null).containsEntry("finishedUtc", null);
      time(json(queued), "receivedUtc");
      assertThat(json(firstId)).containsEntry("finishedUtc", null);
      time(json(firstId), "startedUtc");
      first.release();
      second.release();
      for (String id : List.of(firstId, secondId, queued)) {
        http.awaitEnd(id);
        time(json(id), "startedUtc");
        time(json(id), "finishedUtc");
      }
    }
  }

  @Nested
  final class Request {
    @Test
    @DisplayName("webhookAddress: the URL to notify")
    void containsWebhookUrl() throws Exception {
      assertThat(triggered("http://192.0.43.8/done"))
          .containsEntry("webhookAddress", "http://192.0.43.8/done");
    }

    @Test
    @DisplayName("webhookAddress: the URL of the subscription")
    void containsUrlOfSubscription() throws Exception {
      assertThat(triggered("subscription")).containsEntry("webhookAddress", SUBSCRIBER);
    }

    @Test
    @DisplayName("webhookAddress: none")
    void containsNone() throws Exception {
      assertThat(triggered("none")).containsEntry("webhookAddress", "none");
    }

    @Test
    @DisplayName("reference: the caller's own reference, or null")
    void containsReferenceOrNull() throws Exception {
      assertThat(ended("/reference", "Backlane-Reference", "invoice 7"))
          .containsEntry("reference", "invoice 7");
      assertThat(ended("/reference")).containsEntry("reference", null);
    }

    @Test
    @DisplayName(
        "originalUri: the absolute URI of the endpoint, with its query, below server.public-url")
    void containsOriginalUri() throws Exception {
      var id = http.rawBegin("GET /a%2Fb?q=%20+&&x=[1] HTTP/1.1\r\n", "");
      assertThat(json(id)).containsEntry("originalUri", http.url() + "/a%2Fb?q=%20+&&x=[1]");
    }

    @Test
    @DisplayName("hasRequestContent: whether the request had a body")
    void reportsWhetherRequestHadBody() throws Exception {
      assertThat(json(http.beginWith("POST", "/had", "1")))
          .containsEntry("hasRequestContent", true);
      assertThat(json(http.beginWith("POST", "/had", "")))
          .containsEntry("hasRequestContent", false);
      assertThat(json(http.beginWith("GET", "/had", ""))).containsEntry("hasRequestContent", false);
    }

    @Test
    @DisplayName("contentLocation: the absolute URI of the content")
    void containsContentLocation() throws Exception {
      var state = ended("/content/location");
      assertThat(state)
          .containsEntry(
              "contentLocation", http.url() + "/v1/background/" + state.get("id") + "/content");
      var location = URI.create(String.valueOf(state.get("contentLocation")));
      assertThat(location.isAbsolute()).isTrue();
      assertThat(http.get(location.toString()).status()).isEqualTo(200);
    }
  }

  @Nested
  final class Response {
    @Test
    @DisplayName("errorMessage is null if the endpoint responded")
    void hasNoErrorMessageAfterResponse() throws Exception {
      assertThat(ended("/returned")).containsEntry("errorMessage", null);
    }

    @Test
    @DisplayName("hasResponseContent: whether the response had a body; set when the operation ends")
    void hasResponseContentAfterEnd() throws Exception {
      running(
          "/body/running", id -> assertThat(json(id)).containsEntry("hasResponseContent", false));
      assertThat(ended("/body/running")).containsEntry("hasResponseContent", true);
    }

    @Test
    @DisplayName("hasResponseContent is false for an empty 200 and for 204")
    void hasNoResponseContentIfEmpty() throws Exception {
      gateway.api().on("/body/empty", RecordingApi.responding(200, ""));
      gateway.api().on("/body/none", RecordingApi.responding(204, ""));
      assertThat(ended("/body/empty")).containsEntry("hasResponseContent", false);
      assertThat(ended("/body/none")).containsEntry("hasResponseContent", false);
    }

    @Test
    @DisplayName(
        "responseHeaders: an object of strings, with Content-Type in whatever letter case the"
            + " endpoint writes it")
    void containsResponseHeaders() throws Exception {
      gateway
          .api()
          .on(
              "/headers",
              RecordingApi.responding(
                  200, "x", "content-type: text/plain", "X-Rows: 7", "X-Tag: a", "X-Tag: b"));
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
    }

    @Test
    @DisplayName("responseHeaders omits Set-Cookie and other credentials")
    void omitsCredentials() throws Exception {
      gateway
          .api()
          .on(
              "/headers/secret",
              RecordingApi.responding(
                  200,
                  "x",
                  "Set-Cookie: sid=SECRET",
                  "set-cookie: other=SECRET",
                  "Set-Cookie2: sid=SECRET",
                  "Authorization: Bearer SECRET",
                  "Authentication-Info: nextnonce=SECRET",
                  "X-Auth-Token: SECRET",
                  "x-api-key: SECRET",
                  "WWW-Authenticate: Bearer realm=\"api\"",
                  "X-Rows: 7"));
      assertThat(ended("/headers/secret").get("responseHeaders"))
          .isEqualTo(
              Map.of(
                  "WWW-Authenticate",
                  "Bearer realm=\"api\"",
                  "X-Rows",
                  "7",
                  "Content-Length",
                  "1"));
    }

    @Test
    @DisplayName("responseHeaders is empty until the operation has ended")
    void hasNoResponseHeadersWhileRunning() throws Exception {
      running(
          "/headers/running",
          id -> assertThat(json(id)).containsEntry("responseHeaders", Map.of()));
    }
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
      "attempt",
      "lastError",
      "nextAttemptUtc",
      "errorCode"
    };
  }

  /// A condition of an operation.
  @FunctionalInterface
  private interface OfOperation {
    void check(String id) throws Exception;
  }

  /// Checks an operation while the endpoint holds its request, then lets it end.
  private void running(String path, OfOperation holds) throws Exception {
    var held = new HeldResponse();
    gateway.api().on(path, held);
    var id = http.begin(path);
    held.awaitRequest();
    try {
      holds.check(id);
    } finally {
      held.release();
    }
    assertThat(http.awaitEnd(id).status()).isEqualTo(Status.FINISHED);
  }

  private Map<String, Object> json(String id) throws Exception {
    return http.stateOf(id).json();
  }

  private Map<String, Object> ended(String path, String... headers) throws Exception {
    var id = http.begin(path, headers);
    http.awaitEnd(id);
    return json(id);
  }

  private Map<String, Object> triggered(String trigger) throws Exception {
    return json(http.post("/triggered", "{}", "erp-api-background", trigger).acceptedId());
  }

  private static Instant time(Map<String, Object> state, String field) {
    assertThat(state.get(field)).asString().matches(UTC);
    return Instant.parse(String.valueOf(state.get(field)));
  }

  private void endpointError(int status) throws Exception {
    gateway.api().on("/error/" + status, RecordingApi.responding(status, "what is wrong"));
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
