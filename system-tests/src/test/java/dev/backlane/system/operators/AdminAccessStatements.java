package dev.backlane.system.operators;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.system.support.Http;
import dev.backlane.system.support.Statement;
import dev.backlane.system.support.TestGateway;
import dev.backlane.system.support.webhooks.AdminClient;
import java.net.InetAddress;
import java.net.http.HttpClient;
import java.util.List;
import java.util.Map;

/// Who gets into `/admin/v1`, by which paths, and who does not.
final class AdminAccessStatements {
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

  /// Spellings that are not ours: the upstream's, as they came.
  private static final List<String> OF_THE_UPSTREAM =
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

  /// Spellings that are ours, and lead nowhere.
  private static final List<String> NOWHERE =
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

  private final TestGateway guarded;
  private final TestGateway open;

  /// @param guarded with [AdminClient#SETTINGS]
  /// @param open without a token
  AdminAccessStatements(TestGateway guarded, TestGateway open) {
    this.guarded = guarded;
    this.open = open;
  }

  List<Statement> rows() {
    return List.of(
        new Statement(
            "every path and method is 401 without a token", () -> everythingIsRefused(2, "")),
        new Statement(
            "every path and method is 401 with a wrong token",
            () -> everythingIsRefused(3, AdminClient.TOKEN + "x")),
        new Statement(
            "every path and method is 401 with a caller's token",
            () -> everythingIsRefused(4, guarded.http().token())),
        new Statement(
            "an address that tried 30 wrong tokens is answered 429, and no other; the right token is taken",
            this::triesAreBounded),
        new Statement(
            "a path in another spelling is the upstream's, as it came", this::otherSpellings),
        new Statement(
            "a path that leads nowhere is 401 without a token and 404 with it", this::nowhere),
        new Statement(
            "a target with a host, or by way of another path of ours, reaches nothing without a token",
            this::detours),
        new Statement("with admin.token empty the paths are the upstream's", this::withoutToken),
        new Statement("answers may not be stored", this::notStored));
  }

  private void everythingIsRefused(int address, String token) throws Exception {
    try (var client = clientAt(address)) {
      var http = new Http(client, guarded.gateway().url(), token);
      var id = AdminClient.of(guarded).subscribe("guarded-" + address, "http://192.0.43.8/").id();
      for (var path : PATHS.entrySet()) {
        for (String method : path.getValue()) {
          var answer = http.send(method, path.getKey().replace("{id}", id), "{}".getBytes(UTF_8));
          assertThat(answer.status()).as("%s %s", method, path.getKey()).isEqualTo(401);
          assertThat(answer.header("WWW-Authenticate")).startsWith("Bearer ");
          if (!method.equals("HEAD")) {
            answer.assertProblem(401, "unauthorized");
          }
        }
      }
      assertThat(AdminClient.of(guarded).subscription(id)).containsEntry("enabled", true);
    }
  }

  /// Comes from one of the addresses of loopback, each of which is counted for itself.
  private static HttpClient clientAt(int address) {
    return HttpClient.newBuilder()
        .version(HttpClient.Version.HTTP_1_1)
        .localAddress(InetAddress.ofLiteral("127.0.0." + address))
        .build();
  }

  private void triesAreBounded() throws Exception {
    try (var client = clientAt(5);
        var other = clientAt(6)) {
      var url = guarded.gateway().url();
      var wrong = new Http(client, url, "wrong");
      for (int attempt = 0; attempt < WRONG_TOKENS_PER_MINUTE; attempt++) {
        assertThat(wrong.get(AdminClient.DELIVERIES).status()).isEqualTo(401);
      }
      var refused = wrong.get(AdminClient.DELIVERIES);
      refused.assertProblem(429, "rate-limited");
      assertThat(Integer.parseInt(refused.header("Retry-After"))).isBetween(1, 60);
      assertThat(new Http(client, url, "").get(AdminClient.SUBSCRIPTIONS).status()).isEqualTo(429);
      assertThat(new Http(other, url, "wrong").get(AdminClient.DELIVERIES).status()).isEqualTo(401);
      assertThat(new Http(client, url, AdminClient.TOKEN).get(AdminClient.DELIVERIES).status())
          .isEqualTo(200);
    }
  }

  private static String raw(TestGateway stand, String target, String token) throws Exception {
    return stand
        .http()
        .as(token)
        .raw("GET " + target + " HTTP/1.1\r\nHost: gateway\r\nConnection: close\r\n\r\n");
  }

  private void otherSpellings() throws Exception {
    for (String target : OF_THE_UPSTREAM) {
      assertThat(raw(guarded, target, ""))
          .as(target)
          .startsWith("HTTP/1.1 200 ")
          .doesNotContain("items");
      assertThat(guarded.api().received())
          .as(target)
          .anyMatch(request -> request.target().equals(target));
    }
  }

  private void nowhere() throws Exception {
    for (String target : NOWHERE) {
      assertThat(raw(guarded, target, "")).as(target).startsWith("HTTP/1.1 401 ");
      assertThat(raw(guarded, target, AdminClient.TOKEN)).as(target).startsWith("HTTP/1.1 404 ");
      assertThat(guarded.api().received())
          .as(target)
          .noneMatch(request -> request.target().equals(target));
    }
  }

  private void detours() throws Exception {
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

  private void withoutToken() throws Exception {
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

  private void notStored() throws Exception {
    var answer = AdminClient.of(guarded).http().get(AdminClient.SUBSCRIPTIONS);
    assertThat(answer.header("Cache-Control")).isEqualTo("no-store");
    assertThat(answer.header("Content-Type")).isEqualTo("application/json");
  }
}
