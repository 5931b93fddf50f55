package dev.backlane.system.contract;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.system.support.HeldResponse;
import dev.backlane.system.support.Http;
import dev.backlane.system.support.RecordingApi;
import dev.backlane.system.support.RecordingApi.Received;
import dev.backlane.system.support.TestGateway;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Random;
import java.util.UUID;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// CONTRACT 1.1: the trigger, and the exact replay of the call.
@Timeout(60)
sealed class TriggerContractTest permits ThroughNginxTest.Trigger, ThroughHaproxyTest.Trigger {
  private static final String SUBSCRIBER = "https://hooks.example.com/erp";
  private static final String NONE = "none";

  @RegisterExtension
  static final TestGateway gateway =
      TestGateway.with(
          """
          subscriptions:
            - { tenant: nordlys, client: erp-client, url: "%s", secret: "whsec_b2YtdGhlLXRlc3RzLW9mLXRoZS10ZXN0cy0hISE=" }
          """
              .formatted(SUBSCRIBER));

  private final Http http = gateway.http();

  @Nested
  final class Values {
    @Test
    @DisplayName("`none` requests no notification")
    void acceptsNone() throws Exception {
      notifies("none", "none");
    }

    @Test
    @DisplayName("keywords are case-insensitive")
    void ignoresLetterCase() throws Exception {
      notifies("NONE", "none");
    }

    @Test
    @DisplayName("`subscription` names the calling client's webhook subscription")
    void acceptsSubscription() throws Exception {
      notifies("subscription", SUBSCRIBER);
    }

    @Test
    @DisplayName("`subscription:<name>=<value>,…` names the subscription, with pairs")
    void acceptsSubscriptionWithPairs() throws Exception {
      notifies("subscription:X-Job=17,X-Other=a=b", SUBSCRIBER);
    }

    @Test
    @DisplayName("an absolute http URL is the address to notify")
    void acceptsHttpUrl() throws Exception {
      notifies("http://192.0.43.8/done?job=1", "http://192.0.43.8/done?job=1");
    }

    @Test
    @DisplayName("an absolute https URL is the address to notify")
    void acceptsHttpsUrl() throws Exception {
      notifies("https://192.0.43.8/done", "https://192.0.43.8/done");
    }
  }

  @Nested
  final class Acceptance {
    @Test
    @DisplayName("202 with a Location header of the state")
    void returns202WithLocation() throws Exception {
      var response = http.post("/accepted", "{}", "erp-api-background", NONE);
      assertThat(response.status()).isEqualTo(202);
      assertThat(response.header("Location"))
          .isEqualTo(http.url() + "/v1/background/" + response.accepted().id());
    }

    @Test
    @DisplayName("the document has id, a UUID, and stateLocation; Backlane adds contentLocation")
    void returnsIdAndLocations() throws Exception {
      var response = http.post("/accepted", "{}", "erp-api-background", NONE);
      var accepted = response.accepted();
      assertThat(response.header("Content-Type")).isEqualTo("application/json");
      assertThat(response.json()).containsOnlyKeys("id", "stateLocation", "contentLocation");
      assertThat(UUID.fromString(accepted.id())).hasToString(accepted.id());
      assertThat(accepted.stateLocation()).isEqualTo(response.header("Location"));
      assertThat(accepted.contentLocation()).isEqualTo(accepted.stateLocation() + "/content");
    }

    @Test
    @DisplayName("202 is returned at once; the call runs later, outside the web request")
    void respondsBeforeExecution() throws Exception {
      var slow = new HeldResponse();
      gateway.api().on("/slow", slow);
      var id = http.beginWith("POST", "/slow", "later");
      assertThat(http.stateOf(id).state().finishedUtc()).isNull();
      slow.release();
      assertThat(http.awaitEnd(id).statusCode()).isEqualTo(200);
    }

    @Test
    @DisplayName("If-Match is evaluated when the request runs: its 412 is part of the result")
    void evaluatesIfMatchAtExecution() throws Exception {
      gateway
          .api()
          .on(
              "/guarded",
              (request, client) ->
                  RecordingApi.send(
                      client,
                      request.values("If-Match").contains("\"7\"") ? 412 : 500,
                      new byte[0]));
      var response =
          http.send(
              "PUT", "/guarded", bytes("{}"), "erp-api-background", NONE, "If-Match", "\"7\"");
      assertThat(response.status()).isEqualTo(202);
      assertThat(http.awaitEnd(response.acceptedId()).statusCode()).isEqualTo(412);
    }
  }

  @Nested
  final class Replay {
    @Test
    @DisplayName("path and query are sent as received, neither decoded nor encoded again")
    void sendsPathAndQueryAsReceived() throws Exception {
      raw("GET /a%2Fb/%7Ec;v=1/..%2e/x?q=%20+&&b&%41=[1] HTTP/1.1\r\n", "");
      assertThat(received("/a%2Fb/%7Ec;v=1/..%2e/x").target())
          .isEqualTo("/a%2Fb/%7Ec;v=1/..%2e/x?q=%20+&&b&%41=[1]");
    }

    @Test
    @DisplayName("header fields are sent in their order, including repeated ones")
    void sendsRepeatedHeadersInOrder() throws Exception {
      raw(
          "POST /repeated HTTP/1.1\r\nX-Tag: one\r\nX-Tag: two\r\nX-Tag: one\r\nContent-Length: 0\r\n",
          "");
      assertThat(received("/repeated").values("X-Tag")).containsExactly("one", "two", "one");
    }

    @Test
    @DisplayName("the caller's own token is sent")
    void sendsTokenOfCaller() throws Exception {
      http.awaitEnd(http.beginWith("POST", "/token", "", "Cookie", "a=1"));
      assertThat(received("/token").values("Authorization"))
          .containsExactly("Bearer " + http.token());
      assertThat(received("/token").values("Cookie")).containsExactly("a=1");
    }
  }

  @Nested
  final class Bodies {
    @Test
    @DisplayName("a body of any content type is sent byte for byte")
    void sendsBinaryBodyUnchanged() throws Exception {
      byte[] body = new byte[100_000];
      new Random(1).nextBytes(body);
      http.awaitEnd(
          http.send(
                  "POST",
                  "/binary",
                  body,
                  "erp-api-background",
                  NONE,
                  "Content-Type",
                  "x/y; z=\"1\"")
              .acceptedId());
      assertThat(received("/binary").body()).isEqualTo(body);
      assertThat(received("/binary").values("Content-Type")).containsExactly("x/y; z=\"1\"");
      assertThat(received("/binary").values("Content-Length")).containsExactly("100000");
    }

    @Test
    @DisplayName("a body without Content-Length is sent")
    void sendsBodyWithoutContentLength() throws Exception {
      raw(
          "POST /chunked HTTP/1.1\r\nTransfer-Encoding: chunked\r\n",
          "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n");
      assertThat(received("/chunked").body()).isEqualTo(bytes("hello world"));
    }

    @Test
    @DisplayName("an empty body stays an empty body")
    void keepsEmptyBody() throws Exception {
      raw("POST /empty HTTP/1.1\r\nContent-Length: 0\r\n", "");
      assertThat(received("/empty").values("Content-Length")).containsExactly("0");
    }

    @Test
    @DisplayName("a compressed body is sent as received")
    void keepsCompressedBody() throws Exception {
      byte[] body = gzip("compressed by the caller");
      http.awaitEnd(
          http.send("POST", "/gzip", body, "erp-api-background", NONE, "Content-Encoding", "gzip")
              .acceptedId());
      assertThat(received("/gzip").body()).isEqualTo(body);
      assertThat(received("/gzip").values("Content-Encoding")).containsExactly("gzip");
    }
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(strings = {"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})
  @DisplayName("any method may run in the background")
  void replaysMethod(String method) throws Exception {
    var path = "/methods/" + method;
    byte[] body = method.equals("HEAD") || method.equals("GET") ? new byte[0] : bytes("{\"a\":1}");
    var response = http.send(method, path, body, "erp-api-background", NONE);
    var state = http.awaitEnd(response.acceptedId());
    assertThat(state.statusCode()).isEqualTo(200);
    assertThat(received(path).method()).isEqualTo(method);
    assertThat(received(path).body()).isEqualTo(body);
  }

  private void notifies(String trigger, String address) throws Exception {
    var response = http.post("/notifies", "{}", "erp-api-background", trigger);
    assertThat(http.stateOf(response.acceptedId()).state().webhookAddress()).isEqualTo(address);
  }

  /// Sends a background call as raw bytes and waits for its end.
  private void raw(String head, String body) throws Exception {
    http.awaitEnd(http.rawBegin(head, body));
  }

  private static Received received(String path) {
    var requests = gateway.api().received(path);
    assertThat(requests).hasSize(1);
    return requests.getFirst();
  }

  private static byte[] gzip(String text) throws IOException {
    var compressed = new ByteArrayOutputStream();
    try (var gzip = new GZIPOutputStream(compressed)) {
      gzip.write(bytes(text));
    }
    return compressed.toByteArray();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(UTF_8);
  }
}
