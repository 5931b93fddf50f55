package dev.backlane.client;

import static dev.backlane.client.ScriptedServer.inTurn;
import static dev.backlane.client.ScriptedServer.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.backlane.client.auth.ClientCredentials;
import dev.backlane.client.auth.CredentialsException;
import dev.backlane.client.documented.ApiException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What submitting a call does with responses that are not a 202, and with none.
@Timeout(20)
class SubmittingTest {
  private static final String CALL = "POST /call";

  private final ScriptedServer server = new ScriptedServer();
  private final Backlane backlane =
      Backlane.at(server.uri()).retryFor(Duration.ofMillis(500)).build();

  @AfterEach
  void stop() {
    backlane.close();
    server.close();
  }

  private static HttpRequest call(Backlane client) {
    return client.request("/call").POST(BodyPublishers.ofString("x")).build();
  }

  private ApiException refusal() {
    return catchThrowableOfType(ApiException.class, () -> backlane.submit(call(backlane)));
  }

  @Test
  void reportsAWrongSecretAtOnce() {
    server.on("POST /token", text(401, "{\"error\": \"invalid_client\"}"));
    try (var client =
        Backlane.at(server.uri())
            .credentials(
                ClientCredentials.at(server.uri().resolve("/token")).client("a", "b").build())
            .build()) {
      assertThatThrownBy(() -> client.submit(call(client)))
          .isInstanceOf(CredentialsException.class)
          .hasMessageContaining("invalid_client")
          .hasMessageContaining("Check the client's id, secret and scopes");
    }
    assertThat(server.received("POST /token")).hasSize(1);
    assertThat(server.received(CALL)).isEmpty();
  }

  @Test
  void givesUpWhenNoServerListens() throws IOException {
    URI closed;
    try (var port = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      closed = URI.create("http://127.0.0.1:" + port.getLocalPort());
    }
    try (var client = Backlane.at(closed).retryFor(Duration.ofMillis(500)).build()) {
      assertThatThrownBy(() -> client.submit(call(client)))
          .isInstanceOf(ApiException.class)
          .hasMessageContaining("accepts no connection. Check the base URI")
          .hasMessageNotContaining("may have accepted");
    }
  }

  @Test
  void namesTheKeyIfTheResponseStaysLost() {
    server.on(CALL, (request, out) -> {});

    assertThat(refusal())
        .hasMessageContaining(
            "with the header Idempotency-Key: "
                + server.received(CALL).getFirst().header("idempotency-key"));
    assertThat(server.received(CALL)).hasSizeGreaterThan(1);
  }

  @Test
  void warnsOfASecondCallWithoutKeys() {
    server.on(CALL, (request, out) -> {});
    try (var client = Backlane.at(server.uri()).idempotencyKeys(false).build()) {
      assertThatThrownBy(() -> client.submit(call(client)))
          .hasMessageContaining("may have accepted the call: check there");
    }
    assertThat(server.received(CALL)).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{}", "<html>", "{\"id\": 7}", "{\"id\": \"\"}"})
  void refusesAnAcceptedCallWithoutAnId(String document) {
    server.on(CALL, text(202, document));

    assertThat(refusal().getCode()).isEqualTo(202);
    assertThat(server.received(CALL)).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/v1/background/op-9", "https://api.example.com/v1/background/op-9/?a=b"})
  void readsTheIdFromTheLocation(String location) throws Exception {
    server.on(CALL, text(202, "<html>", "LOCATION: " + location));

    assertThat(backlane.submit(call(backlane)).id()).isEqualTo("op-9");
  }

  @Test
  void saysThatTheCallWasExecutedDirectly() {
    server.on(CALL, text(200, "done"));

    assertThat(refusal())
        .hasMessage(
            "Submitting POST /call: the server does not support background calls. It executed the"
                + " call, which returned 200: done");
  }

  @ParameterizedTest
  @ValueSource(ints = {301, 302, 303, 307, 308})
  void followsNoRedirect(int status) {
    server.on(CALL, text(status, "", "Location: /elsewhere"));

    assertThat(refusal()).hasMessageContaining("Redirects are not followed: check the base URI");
    assertThat(server.received("GET /elsewhere")).isEmpty();
    assertThat(server.received("POST /elsewhere")).isEmpty();
  }

  @Test
  void refusesAnHttpClientThatFollowsRedirects() {
    var following = HttpClient.newBuilder().followRedirects(HttpClient.Redirect.ALWAYS).build();

    assertThatThrownBy(() -> Backlane.at(server.uri()).httpClient(following))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("Redirect.NEVER");
  }

  @Test
  void repeatsRefusalsThatPass() throws Exception {
    server.on(
        CALL,
        inTurn(
            text(429, "", "Retry-After: 0"),
            text(503, "", "Retry-After: -1"),
            text(202, "{\"id\": \"op-1\"}")));
    try (var client = Backlane.at(server.uri()).build()) {
      assertThat(client.submit(call(client)).id()).isEqualTo("op-1");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"86400", "99999999999999999999", "Tue, 31 Dec 2999 23:59:59 GMT"})
  void reportsARefusalThatOutlastsTheLimit(String retryAfter) {
    server.on(CALL, text(429, "", "Retry-After: " + retryAfter));

    assertThat(refusal().getCode()).isEqualTo(429);
    assertThat(server.received(CALL)).hasSize(1);
  }

  @Test
  void shortensALongErrorToOneLine() {
    server.on(CALL, text(400, "line\r\n\u001b[31m".repeat(200_000)));

    var refusal = refusal();

    assertThat(refusal.getMessage()).hasSizeLessThan(600).doesNotContain("\n", "\r", "\u001b");
    assertThat(refusal.responseBytes()).hasSize(64 * 1024);
  }

  @Test
  void sendsNoQuestionMarksForOtherCharacters() throws Exception {
    server.on("POST /b%C3%A4r?x=%C3%B6", text(202, "{\"id\": \"op-1\"}"));

    backlane.submit(backlane.request("/bär?x=ö").POST(BodyPublishers.noBody()).build());
    var byHand = HttpRequest.newBuilder(URI.create(server.uri() + "/bär?x=ö"));
    backlane.submit(byHand.POST(BodyPublishers.noBody()).build());

    assertThatThrownBy(() ->
            backlane.submit(
                backlane
                    .request("/call")
                    .header("Backlane-Reference", "Jürgen")
                    .POST(BodyPublishers.noBody())
                    .build()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("Backlane-Reference")
        .hasMessageNotContaining("Jürgen");
  }

  @Test
  void asksForNoUpgradeToHttp2() throws Exception {
    backlane.submit(call(backlane));

    assertThat(server.received(CALL).getFirst().headers())
        .doesNotContainKeys("upgrade", "http2-settings");
  }

  @ParameterizedTest
  @ValueSource(strings = {"/", "/base", "/base/", "/base//"})
  void acceptsABaseWithAPathAndSlashes(String path) throws Exception {
    var prefix = path.replaceFirst("/+$", "");
    server.on("POST " + prefix + "/call", text(202, "{\"id\": \"op-1\"}"));
    try (var client = Backlane.at(server.uri().resolve(path)).build()) {
      client.submit(call(client));
    }
    assertThat(server.received("POST " + prefix + "/call")).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"https://user:pass@h", "https://h/?pass=1", "https://h/#pass", "/pass"})
  void refusesOtherBases(String base) {
    assertThatThrownBy(() -> Backlane.at(URI.create(base)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageNotContaining("user:pass");
  }
}
