package dev.backlane.system.operators;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.system.support.Http;
import dev.backlane.system.support.RecordingApi;
import dev.backlane.system.support.TestGateway;
import dev.backlane.system.support.webhooks.AdminClient;
import java.net.InetAddress;
import java.net.http.HttpClient;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// `admin.token` and `admin.metrics-token`: what each opens, how often one can be wrong, and that
/// neither leaves for the upstream.
@Timeout(60)
final class OperatorTokensTest {
  private static final String METRICS_TOKEN = "metrics-Lw3Zt8QpYb5Xn1Vk7Rg4Hs9Mc";
  private static final int WRONG_TOKENS_PER_MINUTE = 30;
  private static final Pattern STATUS = Pattern.compile("HTTP/1\\.1 (\\d{3}) ");

  @RegisterExtension
  static final TestGateway gateway =
      TestGateway.with(
              "admin: { token: %s, metrics-token: %s }\n"
                  .formatted(AdminClient.TOKEN, METRICS_TOKEN))
          .jvmOptions("-XX:TieredStopAtLevel=1");

  /// A client with its own loopback address; wrong tokens are counted by address.
  private static HttpClient clientAt(int address) {
    return HttpClient.newBuilder()
        .version(HttpClient.Version.HTTP_1_1)
        .localAddress(InetAddress.ofLiteral("127.0.0." + address))
        .build();
  }

  private static int signIn(HttpClient client, String token) throws Exception {
    return new Browser(client, gateway.url())
        .submit("/ui/sign-in", Map.of("token", token))
        .status();
  }

  @Test
  @DisplayName("wrong tokens for the admin API, /metrics and the sign-in count towards one limit")
  void countsAllDoorsTogether() throws Exception {
    try (var client = clientAt(11);
        var other = clientAt(12)) {
      var wrong = new Http(client, gateway.url(), "a-wrong-guess-at-one-of-the-tokens");
      for (int n = 0; n < WRONG_TOKENS_PER_MINUTE / 3; n++) {
        assertThat(wrong.get("/metrics").status()).isEqualTo(401);
        assertThat(wrong.get(AdminClient.DELIVERIES).status()).isEqualTo(401);
        assertThat(signIn(client, "another-wrong-guess")).isEqualTo(401);
      }
      var right = wrong.as(AdminClient.TOKEN);
      for (String path : List.of("/metrics", AdminClient.DELIVERIES)) {
        var refused = right.get(path);
        refused.assertProblem(429, "rate-limited");
        assertThat(Integer.parseInt(refused.header("Retry-After"))).isBetween(1, 60);
      }
      wrong.as(METRICS_TOKEN).get("/metrics").assertProblem(429, "rate-limited");
      assertThat(signIn(client, AdminClient.TOKEN)).isEqualTo(429);

      var elsewhere = new Http(other, gateway.url(), AdminClient.TOKEN);
      assertThat(elsewhere.get("/metrics").status()).isEqualTo(200);
      assertThat(elsewhere.get(AdminClient.DELIVERIES).status()).isEqualTo(200);
      assertThat(signIn(other, AdminClient.TOKEN)).isEqualTo(303);
    }
    assertThat(gateway.process().lines())
        .filteredOn(line -> line.contains("127.0.0.11"))
        .hasSize(WRONG_TOKENS_PER_MINUTE + 1)
        .anyMatch(line -> line.contains("refused /metrics: wrong token from 127.0.0.11, number 1 "))
        .anyMatch(line -> line.contains("refused /admin/v1: wrong token"))
        .anyMatch(line -> line.contains("refused /ui/sign-in: wrong token"))
        .anyMatch(line -> line.contains("too many wrong tokens"));
    assertThat(gateway.process().lines())
        .noneMatch(line -> line.contains("guess") || line.contains(AdminClient.TOKEN))
        .noneMatch(line -> line.contains(METRICS_TOKEN));
  }

  @Test
  @DisplayName("guesses in a pipeline are not compared beyond the limit, the right token included")
  void limitsPipelinedGuesses() throws Exception {
    try (var own = TestGateway.with(AdminClient.SETTINGS).start()) {
      var request =
          "GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer %s\r\n%s\r\n";
      var all = new StringBuilder();
      for (int n = 0; n < 20 * WRONG_TOKENS_PER_MINUTE; n++) {
        all.append(request.formatted("guess-" + n, ""));
      }
      all.append(request.formatted(AdminClient.TOKEN, "Connection: close\r\n"));
      var statuses =
          STATUS
              .matcher(own.http().as("").raw(all.toString()))
              .results()
              .collect(Collectors.groupingBy(each -> each.group(1), Collectors.counting()));
      assertThat(statuses)
          .containsExactlyInAnyOrderEntriesOf(
              Map.of(
                  "401", (long) WRONG_TOKENS_PER_MINUTE, "429", 19L * WRONG_TOKENS_PER_MINUTE + 1));
    }
  }

  @Test
  @DisplayName("admin.metrics-token reads /metrics and nothing else")
  void metricsTokenOpensMetricsOnly() throws Exception {
    try (var client = clientAt(13)) {
      var monitoring = new Http(client, gateway.url(), METRICS_TOKEN);
      assertThat(monitoring.get("/metrics").text()).contains("backlane_operations_queued");
      assertThat(monitoring.send("HEAD", "/metrics", new byte[0]).status()).isEqualTo(200);
      monitoring.get(AdminClient.SUBSCRIPTIONS).assertProblem(401, "unauthorized");
      monitoring.post(AdminClient.SUBSCRIPTIONS, "{}").assertProblem(401, "unauthorized");
      assertThat(signIn(client, METRICS_TOKEN)).isEqualTo(401);
      assertThat(monitoring.as(AdminClient.TOKEN).get("/metrics").status()).isEqualTo(200);
    }
  }

  @Test
  @DisplayName("calls without a token are refused and do not count")
  void countsNoCallWithoutToken() throws Exception {
    try (var client = clientAt(14)) {
      var http = new Http(client, gateway.url(), "");
      for (int n = 0; n <= WRONG_TOKENS_PER_MINUTE; n++) {
        assertThat(http.get("/metrics").status()).isEqualTo(401);
        assertThat(http.get(AdminClient.DELIVERIES, "Cookie", "backlane=x").status())
            .isEqualTo(401);
      }
      assertThat(http.as(AdminClient.TOKEN).get("/metrics").status()).isEqualTo(200);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET /admin/v2/subscriptions",
        "GET //admin/v1/subscriptions",
        "GET /admin/v1;x",
        "GET /Admin/v1/subscriptions",
        "GET /admin%2Fv1/subscriptions",
        "GET /metrics/",
        "GET /metric",
        "POST /metrics",
        "DELETE /health/live",
        "GET http://elsewhere/anything",
        "GET /v1/background",
        "GET /api/v1/background",
        "POST /any"
      })
  @DisplayName("a token of operators at a path of others is refused, and does not leave")
  void keepsTokensFromLeaving(String line) throws Exception {
    for (String token : List.of(AdminClient.TOKEN, METRICS_TOKEN)) {
      for (String credentials :
          List.of(
              "Bearer " + token,
              "bearer   " + token,
              token,
              "Token " + token,
              basic(token + ":"),
              basic("operator:" + token),
              "Bearer other, Bearer " + token,
              "Bearer other\r\nAuthorization: Bearer " + token)) {
        for (String trigger : List.of("", "erp-api-background: none\r\n")) {
          int before = gateway.api().received().size();
          var response =
              gateway
                  .http()
                  .as("")
                  .raw(
                      line
                          + " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
                          + trigger
                          + "Authorization: "
                          + credentials
                          + "\r\n\r\n");
          assertThat(response)
              .as(credentials)
              .startsWith("HTTP/1.1 403 ")
              .contains("problems/forbidden", "a token of the gateway's operators")
              .doesNotContain(token);
          assertThat(gateway.api().received()).as(credentials).hasSize(before);
        }
      }
    }
  }

  private static String basic(String pair) {
    return "Basic " + Base64.getEncoder().encodeToString(pair.getBytes(ISO_8859_1));
  }

  @Test
  @DisplayName("credentials of callers reach the upstream as they are")
  void passesCredentialsOfCallers() throws Exception {
    gateway.api().on("/credentials", RecordingApi.responding(200, "seen"));
    for (String credentials :
        List.of(
            "Bearer " + AdminClient.TOKEN + "x",
            "Bearer " + AdminClient.TOKEN.substring(1),
            "Basic not-base64:",
            basic("operator:secret"),
            "Negotiate x,y",
            "")) {
      gateway
          .http()
          .as("")
          .raw(
              "GET /credentials HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: "
                  + credentials
                  + "\r\n\r\n");
      assertThat(gateway.api().received("/credentials").getLast().values("Authorization"))
          .containsExactly(credentials);
    }
  }
}
