package dev.backlane.system.operators;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.system.support.Http;
import dev.backlane.system.support.TestGateway;
import dev.backlane.system.support.webhooks.AdminClient;
import java.net.InetAddress;
import java.net.http.HttpClient;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/// Which tokens and paths give access to `/admin/v1`.
@Timeout(60)
final class AdminAccessTest {
  private static final int WRONG_TOKENS_PER_MINUTE = 30;
  private static final String SOME_ID = "019aa7d4-0c5e-7d3a-9f0e-6c1b7f6f0a11";

  /// Every path with its methods.
  private static final Map<String, List<String>> PATHS =
      Map.of(
          "/admin/v1/subscriptions",
          List.of("GET", "HEAD", "POST"),
          "/admin/v1/subscriptions/{id}",
          List.of("GET", "PATCH", "DELETE"),
          "/admin/v1/subscriptions/{id}/rotate",
          List.of("POST"),
          "/admin/v1/subscriptions/{id}/test",
          List.of("POST"),
          "/admin/v1/subscriptions/{id}/redeliver",
          List.of("POST"),
          "/admin/v1/subscriptions/{id}/deliveries",
          List.of("GET"),
          "/admin/v1/deliveries",
          List.of("GET"),
          "/admin/v1/deliveries/redeliver",
          List.of("POST"),
          "/admin/v1/deliveries/" + SOME_ID,
          List.of("GET"),
          "/admin/v1/deliveries/" + SOME_ID + "/redeliver",
          List.of("POST"));

  /// Spellings that are forwarded to the upstream as received.
  private static final List<String> FORWARDED =
      List.of(
          "//admin/v1/subscriptions",
          "/ADMIN/v1/subscriptions",
          "/Admin/V1/subscriptions",
          "/%61dmin/v1/subscriptions",
          "/admin%2Fv1/subscriptions",
          "/admin/v1%2Fsubscriptions",
          "/admin/v1;a=b/subscriptions",
          "/admin/./v1/subscriptions",
          "/admin//v1/subscriptions",
          "/x/../admin/v1/subscriptions",
          "/api/admin/v1/subscriptions",
          "/admin/v10/subscriptions",
          "/admin");

  /// Spellings below `/admin/v1` that name no resource.
  private static final List<String> UNKNOWN =
      List.of(
          "/admin/v1",
          "/admin/v1/",
          "/admin/v1/../v1",
          "/admin/v1/../v1/subscriptions",
          "/admin/v1/./subscriptions",
          "/admin/v1//subscriptions",
          "/admin/v1/subscriptions/",
          "/admin/v1/subscriptions/../subscriptions",
          "/admin/v1/%73ubscriptions",
          "/admin/v1/SUBSCRIPTIONS",
          "/admin/v1/subscriptions;a=b",
          "/admin/v1/deliveries/",
          "/admin/v1/other");

  @RegisterExtension static final TestGateway guarded = TestGateway.with(AdminClient.SETTINGS);

  @RegisterExtension static final TestGateway open = TestGateway.with("");

  @Test
  @DisplayName("every path and method gets 401 without a token")
  void requiresTokenForEveryPath() throws Exception {
    assertEveryPathRefuses(2, "");
  }

  @Test
  @DisplayName("every path and method gets 401 with a wrong token")
  void refusesWrongTokenForEveryPath() throws Exception {
    assertEveryPathRefuses(3, AdminClient.TOKEN + "x");
  }

  @Test
  @DisplayName("every path and method gets 401 with a caller's token")
  void refusesCallerTokenForEveryPath() throws Exception {
    assertEveryPathRefuses(4, guarded.http().token());
  }

  @Test
  @DisplayName(
      "an address gets 429 after 30 wrong tokens, with the right one too; other addresses do not")
  void limitsWrongTokensByAddress() throws Exception {
    try (var client = clientAt(5);
        var other = clientAt(6)) {
      var url = guarded.process().url();
      var wrong = new Http(client, url, "wrong");
      for (int attempt = 0; attempt < WRONG_TOKENS_PER_MINUTE; attempt++) {
        assertThat(wrong.get(AdminClient.DELIVERIES).status()).isEqualTo(401);
      }
      var refused = wrong.get(AdminClient.DELIVERIES);
      refused.assertProblem(429, "rate-limited");
      assertThat(Integer.parseInt(refused.header("Retry-After"))).isBetween(1, 60);
      assertThat(new Http(client, url, "").get(AdminClient.SUBSCRIPTIONS).status()).isEqualTo(401);
      assertThat(new Http(client, url, AdminClient.TOKEN).get(AdminClient.DELIVERIES).status())
          .isEqualTo(429);
      assertThat(new Http(other, url, "wrong").get(AdminClient.DELIVERIES).status()).isEqualTo(401);
      assertThat(new Http(other, url, AdminClient.TOKEN).get(AdminClient.DELIVERIES).status())
          .isEqualTo(200);
    }
  }

  @Test
  @DisplayName("a path in another spelling is forwarded as received")
  void forwardsOtherSpellings() throws Exception {
    for (String target : FORWARDED) {
      assertThat(raw(guarded, target, ""))
          .as(target)
          .startsWith("HTTP/1.1 200 ")
          .doesNotContain("items");
      assertThat(guarded.api().received())
          .as(target)
          .anyMatch(request -> request.target().equals(target));
    }
  }

  @Test
  @DisplayName("an unknown path gets 401 without a token and 404 with it")
  void returns401Or404ForUnknownPath() throws Exception {
    for (String target : UNKNOWN) {
      assertThat(raw(guarded, target, "")).as(target).startsWith("HTTP/1.1 401 ");
      assertThat(raw(guarded, target, AdminClient.TOKEN)).as(target).startsWith("HTTP/1.1 404 ");
      assertThat(guarded.api().received())
          .as(target)
          .noneMatch(request -> request.target().equals(target));
    }
  }

  @Test
  @DisplayName(
      "without a token, no absolute target and no detour through another path reaches a resource")
  void closesDetours() throws Exception {
    for (String target :
        List.of(
            "http://gateway/admin/v1/subscriptions",
            "/v1/background/../../admin/v1/subscriptions",
            "/health/../admin/v1/subscriptions",
            "/admin/v1/subscriptions#/health/live",
            "/admin/v1\\subscriptions")) {
      assertThat(raw(guarded, target, "")).as(target).doesNotContain("items");
    }
  }

  @Test
  @DisplayName("with an empty admin.token, calls to these paths are forwarded")
  void forwardsAdminPathsWithoutToken() throws Exception {
    for (String token : List.of("", AdminClient.TOKEN)) {
      var http = open.http().as(token);
      assertThat(http.get(AdminClient.SUBSCRIPTIONS).status()).isEqualTo(200);
      assertThat(http.post(AdminClient.SUBSCRIPTIONS, "as it is").text()).isEqualTo("as it is");
    }
    assertThat(open.api().received(AdminClient.SUBSCRIPTIONS)).hasSize(4);
    var id = open.http().begin(AdminClient.SUBSCRIPTIONS);
    assertThat(open.http().awaitEnd(id).statusCode()).isEqualTo(200);
    assertThat(open.api().received(AdminClient.SUBSCRIPTIONS)).hasSize(5);
  }

  @Test
  @DisplayName("responses must not be cached")
  void forbidsCaching() throws Exception {
    var response = AdminClient.of(guarded).http().get(AdminClient.SUBSCRIPTIONS);
    assertThat(response.header("Cache-Control")).isEqualTo("no-store");
    assertThat(response.header("Content-Type")).isEqualTo("application/json");
  }

  private void assertEveryPathRefuses(int address, String token) throws Exception {
    try (var client = clientAt(address)) {
      var http = new Http(client, guarded.process().url(), token);
      var id = AdminClient.of(guarded).subscribe("guarded-" + address, "http://192.0.43.8/").id();
      for (var path : PATHS.entrySet()) {
        for (String method : path.getValue()) {
          var response = http.send(method, path.getKey().replace("{id}", id), "{}".getBytes(UTF_8));
          assertThat(response.status()).as("%s %s", method, path.getKey()).isEqualTo(401);
          assertThat(response.header("WWW-Authenticate")).startsWith("Bearer ");
          if (!method.equals("HEAD")) {
            response.assertProblem(401, "unauthorized");
          }
        }
      }
      assertThat(AdminClient.of(guarded).subscription(id)).containsEntry("enabled", true);
    }
  }

  /// A client with its own loopback address; attempts are counted by address.
  private static HttpClient clientAt(int address) {
    return HttpClient.newBuilder()
        .version(HttpClient.Version.HTTP_1_1)
        .localAddress(InetAddress.ofLiteral("127.0.0." + address))
        .build();
  }

  private static String raw(TestGateway gateway, String target, String token) throws Exception {
    return gateway
        .http()
        .as(token)
        .raw("GET " + target + " HTTP/1.1\r\nHost: gateway\r\nConnection: close\r\n\r\n");
  }
}
