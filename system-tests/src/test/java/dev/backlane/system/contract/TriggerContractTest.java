package dev.backlane.system.contract;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.system.support.HeldResponse;
import dev.backlane.system.support.Http;
import dev.backlane.system.support.RecordingApi;
import dev.backlane.system.support.RecordingApi.Received;
import dev.backlane.system.support.Statement;
import dev.backlane.system.support.Statement.Check;
import dev.backlane.system.support.TestGateway;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.UUID;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// CONTRACT 1.1: the trigger, and the exact replay of what it triggered.
@Timeout(60)
final class TriggerContractTest {
  private static final String SUBSCRIBER = "https://hooks.example.com/erp";
  private static final String NONE = "none";

  private static TestGateway stand;
  private static Http http;

  @BeforeAll
  static void open() {
    stand =
        TestGateway.open(
            """
            subscriptions:
              - { tenant: nordlys, client: erp-client, url: "%s", secret: "whsec_b2YtdGhlLXRlc3RzLW9mLXRoZS10ZXN0cy0hISE=" }
            """
                .formatted(SUBSCRIBER));
    http = stand.http();
  }

  @AfterAll
  static void close() {
    stand.close();
  }

  @ParameterizedTest
  @MethodSource("statements")
  void holds(Check check) throws Exception {
    check.run();
  }

  static Stream<Arguments> statements() {
    var rows = new ArrayList<Statement>();
    for (String method : List.of("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS")) {
      rows.add(
          new Statement("any method may run in the background: " + method, () -> replays(method)));
    }
    rows.addAll(forms());
    rows.addAll(acceptance());
    rows.addAll(replay());
    rows.addAll(bodies());
    return Statement.rows(rows);
  }

  private static List<Statement> forms() {
    return List.of(
        new Statement("none: no notification", () -> notifies("none", "none")),
        new Statement("keywords are read in any letter case", () -> notifies("NONE", "none")),
        new Statement(
            "subscription: the calling client's webhook subscription",
            () -> notifies("subscription", SUBSCRIBER)),
        new Statement(
            "subscription:<name>=<value>,…: as above, with pairs",
            () -> notifies("subscription:X-Job=17,X-Other=a=b", SUBSCRIBER)),
        new Statement(
            "an absolute http URL: that URL",
            () -> notifies("http://192.0.43.8/done?job=1", "http://192.0.43.8/done?job=1")),
        new Statement(
            "an absolute https URL: that URL",
            () -> notifies("https://192.0.43.8/done", "https://192.0.43.8/done")));
  }

  private static List<Statement> acceptance() {
    return List.of(
        new Statement(
            "answered 202 with a Location header of the state",
            () -> {
              var answer = http.post("/accepted", "{}", "erp-api-background", NONE);
              assertThat(answer.status()).isEqualTo(202);
              assertThat(answer.header("Location"))
                  .isEqualTo(http.url() + "/v1/background/" + answer.accepted().id());
            }),
        new Statement(
            "the document has id, a UUID, and stateLocation, and Backlane adds contentLocation",
            () -> {
              var answer = http.post("/accepted", "{}", "erp-api-background", NONE);
              var accepted = answer.accepted();
              assertThat(answer.header("Content-Type")).isEqualTo("application/json");
              assertThat(answer.json()).containsOnlyKeys("id", "stateLocation", "contentLocation");
              assertThat(UUID.fromString(accepted.id())).hasToString(accepted.id());
              assertThat(accepted.stateLocation()).isEqualTo(answer.header("Location"));
              assertThat(accepted.contentLocation())
                  .isEqualTo(accepted.stateLocation() + "/content");
            }),
        new Statement(
            "answered at once, executed later, outside any web request",
            () -> {
              var slow = new HeldResponse();
              stand.api().on("/slow", slow);
              var id = http.beginWith("POST", "/slow", "later");
              assertThat(http.stateOf(id).state().finishedUtc()).isNull();
              slow.open();
              assertThat(http.awaitEnd(id).statusCode()).isEqualTo(200);
            }),
        new Statement(
            "If-Match is evaluated when the request executes: its 412 is part of the result",
            () -> {
              stand
                  .api()
                  .on(
                      "/guarded",
                      (request, client) ->
                          RecordingApi.send(
                              client,
                              request.values("If-Match").contains("\"7\"") ? 412 : 500,
                              new byte[0]));
              var answer =
                  http.send(
                      "PUT",
                      "/guarded",
                      bytes("{}"),
                      "erp-api-background",
                      NONE,
                      "If-Match",
                      "\"7\"");
              assertThat(answer.status()).isEqualTo(202);
              assertThat(http.awaitEnd(answer.acceptedId()).statusCode()).isEqualTo(412);
            }));
  }

  private static List<Statement> replay() {
    return List.of(
        new Statement(
            "path and query reach the API as received, neither decoded nor encoded again",
            () -> {
              raw("GET /a%2Fb/%7Ec;v=1/..%2e/x?q=%20+&&b&%41=[1] HTTP/1.1\r\n", "");
              assertThat(received("/a%2Fb/%7Ec;v=1/..%2e/x").target())
                  .isEqualTo("/a%2Fb/%7Ec;v=1/..%2e/x?q=%20+&&b&%41=[1]");
            }),
        new Statement(
            "headers reach the API, repeated ones repeated and in their order",
            () -> {
              raw(
                  "POST /repeated HTTP/1.1\r\nX-Tag: one\r\nX-Tag: two\r\nX-Tag: one\r\nContent-Length: 0\r\n",
                  "");
              assertThat(received("/repeated").values("X-Tag"))
                  .containsExactly("one", "two", "one");
            }),
        new Statement(
            "the caller's own token reaches the API",
            () -> {
              http.awaitEnd(http.beginWith("POST", "/token", "", "Cookie", "a=1"));
              assertThat(received("/token").values("Authorization"))
                  .containsExactly("Bearer " + http.token());
              assertThat(received("/token").values("Cookie")).containsExactly("a=1");
            }));
  }

  private static List<Statement> bodies() {
    return List.of(
        new Statement(
            "any content type, and a binary body byte for byte",
            () -> {
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
              assertThat(received("/binary").values("Content-Type"))
                  .containsExactly("x/y; z=\"1\"");
              assertThat(received("/binary").values("Content-Length")).containsExactly("100000");
            }),
        new Statement(
            "a body without Content-Length",
            () -> {
              raw(
                  "POST /chunked HTTP/1.1\r\nTransfer-Encoding: chunked\r\n",
                  "5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n");
              assertThat(received("/chunked").body()).isEqualTo(bytes("hello world"));
            }),
        new Statement(
            "an empty body stays an empty body",
            () -> {
              raw("POST /empty HTTP/1.1\r\nContent-Length: 0\r\n", "");
              assertThat(received("/empty").values("Content-Length")).containsExactly("0");
            }),
        new Statement(
            "a compressed body stays as it is",
            () -> {
              byte[] body = gzip("compressed by the caller");
              http.awaitEnd(
                  http.send(
                          "POST",
                          "/gzip",
                          body,
                          "erp-api-background",
                          NONE,
                          "Content-Encoding",
                          "gzip")
                      .acceptedId());
              assertThat(received("/gzip").body()).isEqualTo(body);
              assertThat(received("/gzip").values("Content-Encoding")).containsExactly("gzip");
            }));
  }

  private static void replays(String method) throws Exception {
    var path = "/methods/" + method;
    byte[] body = method.equals("HEAD") || method.equals("GET") ? new byte[0] : bytes("{\"a\":1}");
    var answer = http.send(method, path, body, "erp-api-background", NONE);
    var state = http.awaitEnd(answer.acceptedId());
    assertThat(state.statusCode()).isEqualTo(200);
    assertThat(received(path).method()).isEqualTo(method);
    assertThat(received(path).body()).isEqualTo(body);
  }

  private static void notifies(String trigger, String address) throws Exception {
    var answer = http.post("/notifies", "{}", "erp-api-background", trigger);
    assertThat(http.stateOf(answer.acceptedId()).state().webhookAddress()).isEqualTo(address);
  }

  /// Sends a background call as raw bytes and waits for its end.
  private static void raw(String head, String body) throws Exception {
    http.awaitEnd(http.rawBegin(head, body));
  }

  private static Received received(String path) {
    var requests = stand.api().received(path);
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
