package dev.backlane.system.operators;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.system.support.Deadline;
import dev.backlane.system.support.GatewayProcess;
import dev.backlane.system.support.HeldResponse;
import dev.backlane.system.support.Http;
import dev.backlane.system.support.RecordingApi;
import dev.backlane.system.support.TestGateway;
import dev.backlane.system.support.certificates.CertificateAuthority;
import dev.backlane.system.support.webhooks.AdminClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// `admin.port`: operators have a port of their own, and the port of clients belongs to the
/// upstream.
@Timeout(60)
final class AdminPortTest {
  private static final Duration NOTICED_WITHIN = Duration.ofSeconds(20);
  private static final String ANNOUNCED = "; operators use ";
  private static final String UPSTREAMS = "the upstream's";
  private static final int CONNECTIONS_MAX = 8;

  @AutoClose private static final ScriptedProvider provider = new ScriptedProvider();

  @RegisterExtension
  static final TestGateway gateway =
      withPort(AdminClient.SETTINGS)
          .flags(ScriptedProvider.signInFlags(provider.issuer().toString()))
          .flags("--server.max-connections=" + CONNECTIONS_MAX);

  private static TestGateway withPort(String settings) {
    return TestGateway.with(settings)
        .jvmOptions("-XX:TieredStopAtLevel=1")
        .flags("--admin.port=" + freePort());
  }

  private static int freePort() {
    try (var socket = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
      return socket.getLocalPort();
    } catch (IOException none) {
      throw new UncheckedIOException(none);
    }
  }

  /// The URL that the line of the start names.
  private static URI operatorsUrl(TestGateway gateway) {
    var line = gateway.process().lineWith(ANNOUNCED).orElseThrow();
    return URI.create(line.substring(line.indexOf(ANNOUNCED) + ANNOUNCED.length()));
  }

  private static Http operators() {
    var http = gateway.http();
    return new Http(http.client(), operatorsUrl(gateway), AdminClient.TOKEN);
  }

  @BeforeAll
  static void scriptUpstream() {
    for (String path : List.of("/health/live", "/metrics", "/openapi.json", "/ui", "/admin/v1/x")) {
      gateway.api().on(path, RecordingApi.responding(418, UPSTREAMS));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"/health/live", "/metrics", "/openapi.json", "/ui", "/admin/v1/x"})
  @DisplayName("the paths of operators belong to the upstream on the port of clients")
  void passesPathsOfTheUpstream(String path) throws Exception {
    for (var http : List.of(gateway.http(), gateway.http().as(""))) {
      for (String method : List.of("GET", "POST")) {
        var response = http.send(method, path + "?q=1", new byte[0]);
        assertThat(response.status()).isEqualTo(418);
        assertThat(response.text()).isEqualTo(UPSTREAMS);
      }
    }
    var ended = gateway.http().awaitEnd(gateway.http().beginWith("GET", path, ""));
    assertThat(ended.statusCode()).isEqualTo(418);
    assertThat(gateway.http().get("/v1/background").page().items()).isNotEmpty();
  }

  @Test
  @DisplayName("health, metrics, OpenAPI, dashboard and admin API are on the port of operators")
  void servesOperatorsOnTheirPort() throws Exception {
    var http = operators();
    assertThat(http.as("").get("/health/live").json()).containsExactly(Map.entry("status", "UP"));
    assertThat(http.as("").get("/health/ready").status()).isEqualTo(200);
    assertThat(http.get("/metrics").text()).contains("backlane_operations_queued");
    http.as("").get("/metrics").assertProblem(401, "unauthorized");
    assertThat(http.as("").get("/openapi.json").json())
        .containsEntry("servers", List.of(Map.of("url", gateway.url().toString())));
    assertThat(http.as("").get("/ui").status()).isEqualTo(303);
    assertThat(http.get(AdminClient.SUBSCRIPTIONS).json()).containsOnlyKeys("items");
    var browser = new Browser(http.client(), http.url());
    assertThat(browser.submit("/ui/sign-in", Map.of("token", AdminClient.TOKEN)).status())
        .isEqualTo(303);
    assertThat(browser.get("/ui").text()).contains("Overview");
    assertThat(browser.get("/ui/oidc").header("Location"))
        .contains("redirect_uri=http%3A%2F%2F127.0.0.1%3A" + http.url().getPort() + "%2Fui%2Foidc");
  }

  @Test
  @DisplayName("nothing else is on the port of operators, and nothing passes through it")
  void servesNothingElseOnTheirPort() throws Exception {
    for (String path : List.of("/", "/any", "/v1/background", "/metrics/", "/health", "/admin")) {
      for (var http : List.of(operators(), operators().as(gateway.http().token()))) {
        http.get(path).assertProblem(404, "not-found");
        http.post(path, "{}", "erp-api-background", "none").assertProblem(404, "not-found");
      }
      assertThat(gateway.api().received(path)).isEmpty();
    }
  }

  @Test
  @DisplayName("a token of operators at the port of clients is refused, and does not leave")
  void keepsTokenFromLeavingByTheOtherPort() throws Exception {
    int before = gateway.api().received("/metrics").size();
    var refused = gateway.http().as(AdminClient.TOKEN).get("/metrics");
    refused.assertProblem(403, "forbidden");
    assertThat(refused.text()).contains("admin.port").doesNotContain(AdminClient.TOKEN);
    assertThat(gateway.api().received("/metrics")).hasSize(before);
  }

  @Test
  @DisplayName("operators connect while clients use all connections")
  void reservesConnectionsForOperators() throws Exception {
    var held = new HeldResponse();
    gateway.api().on("/held", held);
    var sockets = new ArrayList<Socket>();
    try {
      for (int n = 0; n < 2 * CONNECTIONS_MAX; n++) {
        var socket = new Socket(InetAddress.getLoopbackAddress(), gateway.url().getPort());
        sockets.add(socket);
        socket.getOutputStream().write("GET /held HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(US_ASCII));
      }
      held.awaitRequest();
      try (var client = HttpClient.newHttpClient()) {
        var http = new Http(client, operatorsUrl(gateway), AdminClient.TOKEN);
        assertThat(http.get("/health/live").status()).isEqualTo(200);
        assertThat(http.get(AdminClient.DELIVERIES).status()).isEqualTo(200);
      }
    } finally {
      held.release();
      for (var socket : sockets) {
        socket.close();
      }
    }
  }

  @Test
  @DisplayName("the port of operators is open until the drain has ended")
  void servesOperatorsWhileDraining() throws Exception {
    var held = new HeldResponse();
    try (var stopping = withPort("").start();
        var client = HttpClient.newHttpClient()) {
      stopping.api().on("/held", held);
      var accepted = stopping.http().begin("/held");
      held.awaitRequest();
      var http = new Http(client, operatorsUrl(stopping), "");
      assertThat(http.get("/metrics").text()).contains("backlane_attempts_running 1.0");

      stopping.process().terminate();
      Deadline.within(
          NOTICED_WITHIN,
          "the gateway drains",
          () -> stopping.process().lineWith("Draining: ").isPresent());
      assertThat(http.get("/health/ready").json()).containsEntry("reason", "draining");
      assertThat(http.get("/metrics").text()).contains("backlane_attempts_running 1.0");
      held.release();
      assertThat(stopping.process().awaitEnd().exitCode()).isZero();
      assertThat(accepted).isNotEmpty();
    } finally {
      held.release();
    }
  }

  @Test
  @DisplayName("the port of operators uses TLS if that of clients does")
  void usesTlsOnBothPorts(@TempDir Path folder) throws Exception {
    var authority = new CertificateAuthority(folder);
    var issued = authority.issue("operators", "EC", "ip:127.0.0.1");
    issued.write(folder.resolve("tls.crt"), folder.resolve("tls.key"));
    try (var secure =
            withPort("")
                .flags("--server.tls-certificate=" + folder.resolve("tls.crt"))
                .flags("--server.tls-key=" + folder.resolve("tls.key"))
                .start();
        var client = HttpClient.newBuilder().sslContext(authority.client()).build()) {
      var url = operatorsUrl(secure);
      assertThat(url.getScheme()).isEqualTo("https");
      assertThat(new Http(client, url, "").get("/health/live").status()).isEqualTo(200);
    }
  }

  @Test
  @DisplayName("a port of operators in use: the error names it and the fix")
  void namesPortInUse() throws Exception {
    try (var other = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
      var port = other.getLocalPort();
      GatewayProcess.run(
              "serve",
              "--upstream=http://127.0.0.1:9",
              "--auth.mode=none",
              "--store.kind=memory",
              "--port=0",
              "--admin.port=" + port)
          .assertRefused(
              "cannot listen on 127.0.0.1 port " + port,
              "stop the process that listens there, or set another admin.host or admin.port");
    }
  }
}
