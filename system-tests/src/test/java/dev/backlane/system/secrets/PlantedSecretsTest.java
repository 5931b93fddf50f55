package dev.backlane.system.secrets;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.protocol.Phase;
import dev.backlane.system.support.HeldResponse;
import dev.backlane.system.support.Http;
import dev.backlane.system.support.Http.Response;
import dev.backlane.system.support.RecordingApi;
import dev.backlane.system.support.TestGateway;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/// Sends secrets to a gateway in calls of every kind, with all loggers at their finest level, and
/// searches files, output and responses for them. Bodies are not searched: they are stored in clear
/// unless they are encrypted ([PlantedBodiesTest]).
@Timeout(60)
final class PlantedSecretsTest {
  private static final String COOKIE = "q7TfK2mZx9RbLw4HsYcUe0VdAo6GiJt5";
  private static final String OPERATOR = "op-N3xVb8QwZr5TyUi2PlKj7HgFd4SaMe6";
  private static final String WEBHOOK =
      "whsec_"
          + Base64.getEncoder()
              .encodeToString("a webhook secret of 36 letters, yes!".getBytes(UTF_8));
  private static final String QUERY = "query-Zt4Kv8Ws2Rm6Yx1Lq";
  private static final String BODY = "body-Hc7Db3Nj9Pf5Gz2Vw";
  private static final String MARK = "plain-Jp3Nf8Gt1Xa6Bo5Ei";

  @TempDir private Path folder;
  private final List<String> shown = new ArrayList<>();
  private TestGateway gateway;
  private Http http;
  private List<PlantedSecret> planted;

  @BeforeEach
  void open() throws IOException {
    gateway =
        TestGateway.with(
                """
                admin: { token: %s }
                log: { level: TRACE }
                webhooks: { allow-cidrs: [127.0.0.0/8] }
                subscriptions:
                  - { tenant: %s, client: %s, url: "http://127.0.0.1:9/hook", secret: "%s" }
                """
                    .formatted(OPERATOR, TestGateway.TENANT, TestGateway.CLIENT, WEBHOOK))
            .jvmOptions(VerboseLogging.options(folder))
            .start();
    http = gateway.http();
    var token = http.token();
    planted =
        List.of(
            PlantedSecret.of("the token", token),
            PlantedSecret.of("the token's signature", token.substring(token.lastIndexOf('.') + 1)),
            PlantedSecret.of("the cookie", COOKIE),
            PlantedSecret.of("the webhook secret", WEBHOOK),
            PlantedSecret.of("the webhook secret's bytes", "a webhook secret of 36 letters, yes!"),
            PlantedSecret.of("the operator's token", OPERATOR));
  }

  @AfterEach
  void close() {
    gateway.close();
  }

  @Test
  @DisplayName("no token, cookie or webhook secret is in files, output or responses")
  void keepsSecretsOutOfFilesAndOutput() throws Exception {
    forward();
    refuse();
    fail();
    crashAndRestart();
    request();
    gateway.process().terminate();
    shown.addAll(gateway.process().awaitEnd().err());
    shown.addAll(gateway.process().lines());

    // The search finds unsealed text, so a secret that it does not find is sealed; and the loggers
    // have logged.
    assertThat(onDisk()).contains(MARK);
    assertThat(shown).anyMatch(line -> line.startsWith("DEBUG ") || line.startsWith("TRACE "));
    assertContainsNoSecret("its files", onDisk());
    for (String each : shown) {
      assertContainsNoSecret("output and responses", each);
    }
    // The gateway's own events have all their fields, without queries and bodies.
    assertThat(events()).anyMatch(line -> line.contains("Attempt ended"));
    assertThat(events()).noneMatch(line -> line.contains(QUERY) || line.contains(BODY));
  }

  @Test
  void findsSecretInEveryEncoding() {
    byte[] cookie = COOKIE.getBytes(UTF_8);
    var secret = PlantedSecret.of("the cookie", COOKIE);
    for (String form :
        List.of(
            COOKIE,
            HexFormat.of().formatHex(cookie),
            Base64.getEncoder().encodeToString(cookie),
            Base64.getEncoder().encodeToString(("a" + COOKIE + "bc").getBytes(UTF_8)),
            Base64.getUrlEncoder().encodeToString(("ab" + COOKIE + "c").getBytes(UTF_8)))) {
      assertThat(secret.in("before " + form + " after")).as(form).isNotEmpty();
    }
    assertThat(secret.in("session=another")).isEmpty();
  }

  private void forward() throws Exception {
    show(http.post("/proxied", "{}", "Cookie", COOKIE));
    for (String trigger :
        List.of("none", "subscription", "subscription:a=1", "http://127.0.0.1:9/")) {
      var begun = http.post("/background?a=" + QUERY, BODY, with("erp-api-background", trigger));
      show(begun);
      http.awaitEnd(begun.acceptedId());
      showOf(begun.acceptedId());
    }
    show(http.post("/waited", "{}", with("Prefer", "respond-async, wait=20")));
    for (String path : List.of("/proxied", "/background", "/waited")) {
      var received = gateway.api().received(path).getFirst();
      assertThat(received.values("Cookie")).containsExactly(COOKIE);
      assertThat(received.values("Authorization")).containsExactly("Bearer " + http.token());
    }
  }

  private List<String> events() {
    return shown.stream().filter(line -> line.contains(" dev.backlane.")).toList();
  }

  private void refuse() throws Exception {
    for (String trigger : List.of("junk", "http://10.0.0.1/", "subscription:Host=x")) {
      show(http.post("/refused", "{}", with("erp-api-background", trigger)));
    }
    var other = http.as(gateway.token("other", "other", "other"));
    show(other.post("/refused", "{}", with("erp-api-background", "subscription")));
    show(http.as(http.token() + "x").post("/refused", "{}", with("erp-api-background", "none")));
    show(http.as("x " + http.token()).get("/v1/background"));
    show(http.get("/v1/background?limit=0", "Cookie", COOKIE));
    show(http.as(OPERATOR).get("/v1/background"));
    show(http.get("/metrics"));
    shown.add(http.raw("GET /refused HTTP/1.1\r\nHost: a b\r\nCookie: " + COOKIE + "\r\n\r\n"));
    shown.add(
        http.raw(
            "POST /refused HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nCookie: "
                + COOKIE
                + "\r\n\r\nzz\r\n"));
  }

  private void fail() throws Exception {
    gateway.api().on("/broken", RecordingApi.breaking());
    gateway.api().on("/error", RecordingApi.responding(500, "it failed"));
    gateway
        .api()
        .on(
            "/no-http",
            (_, client) -> client.getOutputStream().write("junk\r\n\r\n".getBytes(UTF_8)));
    for (String path : List.of("/broken", "/error", "/no-http")) {
      show(http.post(path, "{}", "Cookie", COOKIE));
      var id = http.begin(path, "Cookie", COOKIE);
      http.awaitEnd(id);
      showOf(id);
    }
  }

  private void crashAndRestart() throws Exception {
    var held = new HeldResponse();
    gateway.api().on("/crash", held);
    var id = http.begin("/crash", "Cookie", COOKIE, "X-Mark", MARK);
    held.awaitRequest();
    assertContainsNoSecret("its files while it runs", onDisk());
    gateway.crash();
    shown.addAll(gateway.process().lines());
    assertContainsNoSecret("its files after the crash", onDisk());
    gateway.restart();
    http = new Http(http.client(), gateway.url(), http.token());
    assertThat(http.awaitEnd(id).phase()).isEqualTo(Phase.FAILED);
    showOf(id);
    held.release();
    var repeated = http.beginWith("GET", "/crash", "", "Cookie", COOKIE, "X-Mark", MARK);
    http.awaitEnd(repeated);
    showOf(repeated);
  }

  private void request() throws Exception {
    for (String path :
        List.of("/health/live", "/health/ready", "/openapi.json", "/v1/background?limit=200")) {
      show(http.get(path, "Cookie", COOKIE));
    }
    var metrics = http.as(OPERATOR).get("/metrics");
    assertThat(metrics.status()).isEqualTo(200);
    show(metrics);
  }

  private static String[] with(String name, String value) {
    return new String[] {name, value, "Cookie", COOKIE};
  }

  private void showOf(String id) throws Exception {
    show(http.stateOf(id));
    show(http.contentOf(id));
  }

  private void show(Response response) {
    shown.add(response.headers().map() + response.text());
  }

  private void assertContainsNoSecret(String where, String text) {
    for (PlantedSecret secret : planted) {
      assertThat(secret.in(text)).as(where).isEmpty();
    }
  }

  private String onDisk() throws IOException {
    return PlantedSecret.filesOf(gateway.dataFolder());
  }
}
