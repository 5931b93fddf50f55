package dev.backlane.system.contract;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.system.support.HeldResponse;
import dev.backlane.system.support.Http;
import dev.backlane.system.support.RecordingApi;
import dev.backlane.system.support.RecordingApi.Received;
import dev.backlane.system.support.TestGateway;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// CONTRACT 2.1: calls without the trigger are forwarded unchanged, streamed in both directions.
@Timeout(60)
sealed class ProxyContractTest permits ThroughNginxTest.Proxy, ThroughHaproxyTest.Proxy {
  private static final int SECONDS_MAX = 20;

  @RegisterExtension
  static final TestGateway gateway =
      TestGateway.with("limits: { request-body-max: 64KiB }\n")
          .flags("--upstream.response-timeout=2s");

  @RegisterExtension
  static final TestGateway unreachable =
      // Port 1 of loopback: no server listens there.
      TestGateway.with("").flags("--upstream.url=http://127.0.0.1:1");

  private final Http http = gateway.http();

  @ParameterizedTest(name = "{0}")
  @ValueSource(strings = {"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})
  @DisplayName("every method is forwarded as it is")
  void forwardsMethod(String method) throws Exception {
    passes(method, "/passed/" + method);
  }

  @Nested
  final class Streaming {
    @Test
    @DisplayName(
        "path and query are forwarded as received; status, reason, headers and body as returned")
    void forwardsRequestAndResponseUnchanged() throws Exception {
      gateway
          .api()
          .on(
              "/a%2Fb/..%2e/x",
              RecordingApi.responding(418, "tea", "X-Tag: a", "X-Tag: b", "x-case: Kept"));
      var response = rawGet("/a%2Fb/..%2e/x?q=%20+&&x=[1]", "");
      assertThat(response)
          .startsWith("HTTP/1.1 418 Status\r\n")
          // A proxy in front may change the letter case of names.
          .containsIgnoringCase("X-Tag: a\r\nX-Tag: b\r\n")
          .containsIgnoringCase("x-case: Kept\r\n")
          .endsWith("\r\n\r\ntea");
      assertThat(received("/a%2Fb/..%2e/x").target()).isEqualTo("/a%2Fb/..%2e/x?q=%20+&&x=[1]");
    }

    @Test
    @DisplayName("a request body is streamed to the upstream")
    void streamsRequestBody() throws Exception {
      var arrived = new ArrayBlockingQueue<String>(10);
      gateway
          .api()
          .onHead(
              "/stream/up",
              (body, client) -> {
                // The first chunk arrives before the caller sends the rest.
                arrived.add(new String(body.readNBytes(10), ISO_8859_1));
                body.readNBytes(15);
                RecordingApi.send(client, 200, new byte[0]);
              });
      try (var socket = new Socket(http.url().getHost(), http.url().getPort())) {
        socket.setSoTimeout(SECONDS_MAX * 1_000);
        var out = socket.getOutputStream();
        out.write(
            bytes(
                "POST /stream/up HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"));
        out.write(bytes("5\r\nfirst\r\n"));
        out.flush();
        assertThat(arrived.poll(SECONDS_MAX, TimeUnit.SECONDS)).isEqualTo("5\r\nfirst\r\n");
        out.write(bytes("5\r\n rest\r\n0\r\n\r\n"));
        out.flush();
        assertThat(new String(socket.getInputStream().readAllBytes(), ISO_8859_1))
            .startsWith("HTTP/1.1 200 ");
      }
    }

    @Test
    @DisplayName("a response body is streamed to the caller")
    void streamsResponseBody() throws Exception {
      var seen = new CountDownLatch(1);
      gateway
          .api()
          .on(
              "/stream/down",
              (_, client) -> {
                var out = client.getOutputStream();
                out.write(bytes("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfirst"));
                out.flush();
                seen.await();
                out.write(bytes(" rest"));
                out.flush();
              });
      var request = HttpRequest.newBuilder(URI.create(http.url() + "/stream/down")).build();
      try (var body = http.client().send(request, BodyHandlers.ofInputStream()).body()) {
        assertThat(body.readNBytes(5)).isEqualTo(bytes("first"));
        seen.countDown();
        assertThat(body.readAllBytes()).isEqualTo(bytes(" rest"));
      }
    }

    @Test
    @DisplayName("server-sent events arrive one by one, as they are sent")
    void streamsServerSentEvents() throws Exception {
      var seen = new ArrayBlockingQueue<String>(10);
      gateway
          .api()
          .on(
              "/stream/events",
              (_, client) -> {
                var out = client.getOutputStream();
                out.write(
                    bytes(
                        "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"));
                for (String event : List.of("one", "two", "three")) {
                  out.write(bytes("data: " + event + "\n\n"));
                  out.flush();
                  // The next event is sent after the caller has read this one.
                  assertThat(seen.take()).isEqualTo("data: " + event);
                }
                client.close();
              });
      var request = HttpRequest.newBuilder(URI.create(http.url() + "/stream/events")).build();
      var response = http.client().send(request, BodyHandlers.ofInputStream());
      assertThat(response.headers().firstValue("Content-Type")).contains("text/event-stream");
      try (var lines = new BufferedReader(new InputStreamReader(response.body(), ISO_8859_1))) {
        for (String event : List.of("one", "two", "three")) {
          assertThat(lines.readLine()).isEqualTo("data: " + event);
          assertThat(lines.readLine()).isEmpty();
          seen.add("data: " + event);
        }
        assertThat(lines.readLine()).isNull();
      }
    }

    @Test
    @DisplayName("limits.request-body-max does not apply to proxied calls")
    void ignoresRequestBodyMax() throws Exception {
      var body = "x".repeat(100_000);
      assertThat(http.post("/passed/long", body).text()).isEqualTo(body);
    }

    @Test
    @DisplayName("nothing is stored, and no token is required")
    void storesNothingAndNeedsNoToken() throws Exception {
      var before = http.get("/v1/background?limit=1").json();
      assertThat(http.as("").post("/passed/open", "x").text()).isEqualTo("x");
      http.post("/passed/open", "x");
      assertThat(http.get("/v1/background?limit=1").json()).isEqualTo(before);
    }
  }

  @Nested
  final class EndToEndHeaders {
    @Test
    @DisplayName("Prefer without respond-async is forwarded")
    void forwardsOtherPreferences() throws Exception {
      http.get("/prefer/upstream", "Prefer", "return=minimal");
      assertThat(received("/prefer/upstream").values("Prefer")).containsExactly("return=minimal");
    }

    @Test
    @DisplayName("the caller's Authorization and cookies are forwarded")
    void forwardsAuthorizationAndCookies() throws Exception {
      http.get("/passed/credentials", "Cookie", "a=1");
      assertThat(received("/passed/credentials").values("Authorization"))
          .containsExactly("Bearer " + http.token());
      assertThat(received("/passed/credentials").values("Cookie")).containsExactly("a=1");
    }
  }

  @Nested
  final class Failures {
    @Test
    @DisplayName("502 upstream-unreachable if the upstream refuses the connection")
    void returns502WhenConnectionIsRefused() throws Exception {
      var response = unreachable.http().get("/unreachable");
      response.assertProblem(502, "upstream-unreachable");
      assertThat(response.text()).contains("nothing was sent");
    }

    @Test
    @DisplayName("502 upstream-unreachable if the connection breaks before a response")
    void returns502WhenConnectionBreaks() throws Exception {
      gateway.api().on("/proxied/broken", RecordingApi.breaking());
      var response = http.post("/proxied/broken", "{}");
      response.assertProblem(502, "upstream-unreachable");
      assertThat(response.text()).contains("it may have acted");
      assertThat(gateway.api().received("/proxied/broken")).hasSize(1);
    }

    @Test
    @DisplayName("504 upstream-timeout if the upstream is silent for upstream.response-timeout")
    void returns504WhenUpstreamIsSilent() throws Exception {
      var held = new HeldResponse();
      gateway.api().on("/proxied/silent", held);
      http.get("/proxied/silent").assertProblem(504, "upstream-timeout");
      held.release();
    }

    @Test
    @DisplayName("a 502 of the upstream is forwarded unchanged")
    void forwards502OfUpstream() throws Exception {
      gateway.api().on("/proxied/502", RecordingApi.responding(502, "theirs"));
      var response = http.get("/proxied/502");
      assertThat(response.status()).isEqualTo(502);
      assertThat(response.text()).isEqualTo("theirs");
    }
  }

  private void passes(String method, String path) throws Exception {
    var body = method.equals("GET") || method.equals("HEAD") ? "" : "the body";
    var response = http.send(method, path, body.getBytes(ISO_8859_1), "Content-Type", "x/y");
    assertThat(response.status()).isEqualTo(200);
    assertThat(response.text()).isEqualTo(body);
    var request = received(path);
    assertThat(request.method()).isEqualTo(method);
    assertThat(request.body()).isEqualTo(body.getBytes(ISO_8859_1));
    assertThat(request.values("Content-Type")).containsExactly("x/y");
  }

  private String rawGet(String target, String headers) throws Exception {
    return http.as("")
        .raw(
            "GET "
                + target
                + " HTTP/1.1\r\nHost: api.example:81\r\n"
                + headers
                + "Connection: close\r\n\r\n");
  }

  private Received received(String path) {
    var requests = gateway.api().received(path);
    assertThat(requests).hasSize(1);
    return requests.getFirst();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(ISO_8859_1);
  }
}
