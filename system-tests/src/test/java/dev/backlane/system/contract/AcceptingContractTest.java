package dev.backlane.system.contract;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.protocol.Phase;
import dev.backlane.system.support.HeldResponse;
import dev.backlane.system.support.Http;
import dev.backlane.system.support.RecordingApi;
import dev.backlane.system.support.TestGateway;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.UUID;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// CONTRACT 2.1: which calls are accepted, and the response. Refused calls are tested by
/// [RefusalContractTest], repeated calls by [IdempotencyContractTest], calls without the trigger by
/// [ProxyContractTest].
@Timeout(60)
sealed class AcceptingContractTest
    permits ThroughNginxTest.Accepting, ThroughHaproxyTest.Accepting {
  @RegisterExtension static final TestGateway gateway = TestGateway.with("");

  @RegisterExtension
  static final TestGateway narrow =
      TestGateway.with(
          """
          execution: { concurrency: 1 }
          limits: { queue-max: 1, wait-max: 1s }
          """);

  private final Http http = gateway.http();

  @Nested
  final class Preference {
    @Test
    @DisplayName("`Prefer: respond-async` triggers like `none`, and Preference-Applied confirms it")
    void acceptsPreferRespondAsync() throws Exception {
      var response = http.post("/prefer/async", "{}", "Prefer", "respond-async");
      var id = response.acceptedId();
      assertThat(response.header("Preference-Applied")).isEqualTo("respond-async");
      assertThat(http.stateOf(id).state().webhookAddress()).isEqualTo("none");
      assertThat(http.awaitEnd(id).statusCode()).isEqualTo(200);
    }

    @Test
    @DisplayName("Preference-Applied is absent if the request states no preference")
    void omitsPreferenceAppliedWithoutPrefer() throws Exception {
      var response = http.post("/prefer/none", "{}", "erp-api-background", "none");
      assertThat(response.headers().firstValue("Preference-Applied")).isEmpty();
    }

    @Test
    @DisplayName("`Prefer: respond-async` without a token gets 401")
    void refusesPreferWithoutToken() throws Exception {
      http.as("")
          .post("/prefer/async", "{}", "Prefer", "respond-async")
          .assertProblem(401, "unauthorized");
    }
  }

  @Nested
  final class Waiting {
    @Test
    @DisplayName(
        "with `wait=N`, a response that arrives in time is returned as it is: status, headers, body")
    void returnsPlainResponseWithinWait() throws Exception {
      assertReturnsPlainResponse("Prefer", "respond-async, wait=25");
    }

    @Test
    @DisplayName("`wait=N` works with the trigger header instead of respond-async")
    void returnsPlainResponseWithTriggerAndWait() throws Exception {
      assertReturnsPlainResponse("erp-api-background", "none", "Prefer", "wait=25");
    }

    @Test
    @DisplayName("with `wait=N`, an upstream response without a body is returned as it is")
    void returnsPlainResponseWithoutBody() throws Exception {
      gateway.api().on("/wait/204", RecordingApi.responding(204, "", "X-Rows: 0"));
      var response = http.post("/wait/204", "{}", "Prefer", "respond-async, wait=25");
      assertThat(response.status()).isEqualTo(204);
      assertThat(response.header("X-Rows")).isEqualTo("0");
      assertThat(response.body()).isEmpty();
    }

    @Test
    @DisplayName("202 if `wait=N` expires first, and the operation continues")
    void accepts202AfterWait() throws Exception {
      var held = new HeldResponse();
      gateway.api().on("/wait/late", held);
      var response = http.post("/wait/late", "{}", "Prefer", "respond-async, wait=1");
      var id = response.acceptedId();
      assertThat(response.header("Preference-Applied")).isEqualTo("respond-async");
      held.release();
      assertThat(http.awaitEnd(id).statusCode()).isEqualTo(200);
      assertThat(http.contentOf(id).text()).isEqualTo("late");
    }

    @Test
    @DisplayName("with `wait=N`, 202 if there is no upstream response to return")
    void accepts202WithoutUpstreamResponse() throws Exception {
      gateway.api().on("/wait/broken", RecordingApi.breaking());
      var id = http.post("/wait/broken", "{}", "Prefer", "respond-async, wait=25").acceptedId();
      assertThat(http.awaitEnd(id).phase()).isEqualTo(Phase.FAILED);
    }

    @Test
    @DisplayName("limits.wait-max caps wait")
    void capsWaitByWaitMax() throws Exception {
      var held = new HeldResponse();
      narrow.api().on("/wait/capped", held);
      var begun = System.nanoTime();
      var id =
          narrow.http().post("/wait/capped", "{}", "Prefer", "respond-async, wait=28").acceptedId();
      assertThat(Duration.ofNanos(System.nanoTime() - begun))
          .isBetween(Duration.ofMillis(990), Duration.ofSeconds(20));
      held.release();
      narrow.http().awaitEnd(id);
    }
  }

  @Nested
  final class Reference {
    @Test
    @DisplayName("Backlane-Reference sets reference")
    void setsReference() throws Exception {
      assertReference("invoice 7", "Backlane-Reference", "invoice 7");
    }

    @Test
    @DisplayName("Backlane-Reference of 255 characters is accepted")
    void acceptsReferenceOf255Characters() throws Exception {
      assertReference("x".repeat(255), "Backlane-Reference", "x".repeat(255));
    }

    @Test
    @DisplayName("Backlane-Reference of 256 characters is refused, and nothing is stored")
    void refusesReferenceOf256Characters() throws Exception {
      var caller = gateway.http("long-reference", TestGateway.TENANT, "long-reference");
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
      assertThat(gateway.api().received("/reference/long")).isEmpty();
    }

    @Test
    @DisplayName("Backlane-Reference is not sent to the upstream")
    void hidesReferenceFromUpstream() throws Exception {
      http.awaitEnd(http.begin("/reference/upstream", "Backlane-Reference", "mine"));
      assertThat(
              gateway.api().received("/reference/upstream").getFirst().values("Backlane-Reference"))
          .isEmpty();
    }
  }

  @Nested
  final class Identity {
    @Test
    @DisplayName("ids are UUIDs of version 7 and sort by the time of receipt")
    void createsSortableVersion7Ids() throws Exception {
      var first = http.begin("/ids");
      var second = http.begin("/ids");
      for (String id : List.of(first, second)) {
        assertThat(UUID.fromString(id).version()).isEqualTo(7);
        assertThat(UUID.fromString(id).variant()).isEqualTo(2);
        long millis = UUID.fromString(id).getMostSignificantBits() >>> 16;
        assertThat(http.stateOf(id).state().receivedUtc()).isEqualTo(Instant.ofEpochMilli(millis));
      }
      assertThat(second).isGreaterThan(first);
    }

    @Test
    @DisplayName("locations start with server.public-url, regardless of Host")
    void buildsLocationsFromPublicUrl() throws Exception {
      var id = http.rawBegin("GET /public HTTP/1.1\r\n", "");
      assertThat(http.stateOf(id).json())
          .containsEntry("contentLocation", http.url() + "/v1/background/" + id + "/content")
          .containsEntry("originalUri", http.url() + "/public");
    }

    @Test
    @DisplayName("erp-api-background is not sent to the upstream with a replayed call")
    void hidesTriggerFromUpstream() throws Exception {
      http.awaitEnd(http.begin("/trigger/replayed"));
      var received = gateway.api().received("/trigger/replayed").getFirst();
      assertThat(received.values("erp-api-background")).isEmpty();
    }

    @Test
    @DisplayName("Backlane's own paths are never forwarded, with or without the trigger")
    void neverForwardsOwnPaths() throws Exception {
      assertThat(http.get("/v1/background/x", "erp-api-background", "none").status())
          .isEqualTo(404);
      assertThat(http.post("/v1/background", "{}").status()).isEqualTo(405);
      assertThat(gateway.api().received("/v1/background/x")).isEmpty();
      assertThat(gateway.api().received("/v1/background")).isEmpty();
    }
  }

  @Nested
  final class Load {
    @Test
    @DisplayName("503 with Retry-After if the queue is full, and nothing is stored")
    void refusesCallsWhenQueueIsFull() throws Exception {
      var held = new HeldResponse();
      narrow.api().on("/load/busy", held);
      var caller = narrow.http();
      var running = caller.begin("/load/busy");
      held.awaitRequest();
      var queued = caller.begin("/load/queued");
      var refused = caller.post("/load/full", "{}", "erp-api-background", "none");
      refused.assertProblem(503, "overloaded");
      assertThat(Integer.parseInt(refused.header("Retry-After"))).isPositive();
      // The queue entry is free again. A call without the trigger needs none.
      assertThat(caller.post("/load/proxied", "x").text()).isEqualTo("x");
      held.release();
      caller.awaitEnd(running);
      caller.awaitEnd(queued);
      caller.awaitEnd(caller.begin("/load/after"));
      assertThat(narrow.api().received("/load/full")).isEmpty();
    }
  }

  private void assertReturnsPlainResponse(String... headers) throws Exception {
    gateway
        .api()
        .on(
            "/wait/plain",
            RecordingApi.responding(
                207, "{\"rows\":7}", "Content-Type: application/x-rows", "X-Tag: a", "X-Tag: b"));
    var response = http.post("/wait/plain", "{}", headers);
    assertThat(response.status()).isEqualTo(207);
    assertThat(response.text()).isEqualTo("{\"rows\":7}");
    assertThat(response.header("Content-Type")).isEqualTo("application/x-rows");
    assertThat(response.headers().allValues("X-Tag")).containsExactly("a", "b");
    assertThat(response.headers().firstValue("Location")).isEmpty();
  }

  private void assertReference(String reference, String... headers) throws Exception {
    assertThat(http.stateOf(http.begin("/reference", headers)).state().reference())
        .isEqualTo(reference);
  }

  @ParameterizedTest(name = "prefix ''{0}''")
  @ValueSource(strings = {"", "/api", "/API/controller/api"})
  @DisplayName("locations keep the request's prefix, and the upstream gets the path with it")
  void keepsPrefixInLocations(String prefix) throws Exception {
    var path = prefix + "/v3/prefixed";
    var response = http.post(path, "{}", "erp-api-background", "none");
    var id = response.acceptedId();
    var location = http.url() + prefix + "/v1/background/" + id;
    assertThat(response.header("Location")).isEqualTo(location);
    assertThat(response.accepted().stateLocation()).isEqualTo(location);
    assertThat(response.accepted().contentLocation()).isEqualTo(location + "/content");
    assertThat(http.awaitEnd(id).originalUri()).isEqualTo(http.url() + path);
    assertThat(gateway.api().received(path)).hasSize(1);
    for (String asked : List.of("", "/api", "/API/controller/api")) {
      var state = http.get(asked + "/v1/background/" + id).state();
      assertThat(state.contentLocation())
          .isEqualTo(http.url() + asked + "/v1/background/" + id + "/content");
      assertThat(http.get(asked + "/v1/background/" + id + "/content").text()).isEqualTo("{}");
      assertThat(http.get(asked + "/v1/background?limit=1").page().items().getFirst())
          .isEqualTo(state);
    }
  }
}
