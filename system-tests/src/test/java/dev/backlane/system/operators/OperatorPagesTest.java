package dev.backlane.system.operators;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.protocol.Json;
import dev.backlane.system.support.Http.Response;
import dev.backlane.system.support.RecordingApi;
import dev.backlane.system.support.TestGateway;
import dev.backlane.system.support.webhooks.AdminClient;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;

/// The operator's pages in a browser: security headers, escaping of foreign text, redelivery, and
/// paths.
@Timeout(60)
final class OperatorPagesTest {
  private static final String TOKEN = "the-operators-token-of-the-tests";
  private static final String MARKUP = "\"><script>alert('x')</script>";
  private static final String ESCAPED = "&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;";
  private static final Pattern REDELIVER =
      Pattern.compile("action=\"(/ui/deliveries/[^\"]+/redeliver)\"");

  @RegisterExtension
  static final TestGateway gateway =
      TestGateway.with(
              """
              admin: { token: %s }
              webhooks: { allow-cidrs: [127.0.0.0/8], retry-schedule: [1ms] }
              """
                  .formatted(TOKEN))
          .jvmOptions("-XX:TieredStopAtLevel=1");

  @Test
  void sendsSecurityHeadersWithEveryResponse() throws Exception {
    var operator = Browser.at(gateway).signedIn(TOKEN);
    var stranger = Browser.at(gateway);
    for (Response response :
        List.of(
            operator.get("/ui"),
            operator.send("HEAD", "/ui", ""),
            operator.get("/ui/sign-in"),
            operator.get("/ui/style.css"),
            operator.get("/ui/nothing"),
            operator.get("/ui/oidc"),
            operator.submit("/ui/sign-out", Map.of()),
            operator.send("DELETE", "/ui", ""),
            operator.submit("/ui/sign-out", Map.of("csrf", operator.csrf())),
            stranger.get("/ui"),
            stranger.get("/ui/oidc/callback?code=a&state=b"),
            stranger.submit("/ui/sign-in", Map.of("token", "wrong")),
            stranger.submit("/ui/sign-in", Map.of("token", TOKEN)))) {
      assertThat(response.header("Content-Security-Policy"))
          .contains("default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'")
          .contains("form-action 'self'")
          .doesNotContain("script-src", "unsafe-inline", "*");
      assertThat(response.header("X-Content-Type-Options")).isEqualTo("nosniff");
      assertThat(response.header("X-Frame-Options")).isEqualTo("DENY");
      assertThat(response.header("Referrer-Policy")).isEqualTo("no-referrer");
      assertThat(response.header("Cross-Origin-Opener-Policy")).isEqualTo("same-origin");
      assertThat(response.header("Cache-Control")).isEqualTo("no-store");
      assertThat(response.text()).doesNotContain("<script", " style=", " onclick=", "\tat ");
    }
  }

  @Test
  void escapesForeignText() throws Exception {
    var admin = gateway.http().as(TOKEN);
    var subscription =
        Map.of(
            "tenant",
            MARKUP + "tenant",
            "client",
            MARKUP + "client",
            "url",
            "http://127.0.0.1:9/'onload='x&y=%3Cscript%3E");
    var made = admin.post("/admin/v1/subscriptions", new String(Json.bytes(subscription), UTF_8));
    assertThat(made.status()).as(made.text()).isEqualTo(201);

    var page = Browser.at(gateway).signedIn(TOKEN).get("/ui").text();
    assertThat(page)
        .doesNotContain("<script")
        .contains("<td>" + ESCAPED + "client</td><td>" + ESCAPED + "tenant</td>")
        .contains("<td>http://127.0.0.1:9/&#39;onload=&#39;x&amp;y=%3Cscript%3E</td>");
  }

  @Test
  void redeliversFailedDeliveryFromPage() throws Exception {
    gateway.api().on("/receiver", RecordingApi.responding(500, "<script>of a receiver</script>"));
    var call = gateway.http();
    var accepted =
        call.post("/call", "{}", "erp-api-background", gateway.api().url() + "/receiver");
    var id = accepted.acceptedId();
    call.awaitEnd(id);
    var failed =
        gateway
            .http()
            .as(TOKEN)
            .poll(
                "/admin/v1/deliveries/" + id,
                response ->
                    response.status() == 200 && "failed".equals(response.json().get("state")));
    assertThat(failed.json().get("reason")).asString().contains("2 attempts");

    var browser = Browser.at(gateway).signedIn(TOKEN);
    var page = browser.get("/ui").text();
    assertThat(page).contains("<code>" + id + "</code>", "2 attempts").doesNotContain("<script");
    var form = REDELIVER.matcher(page);
    assertThat(form.find()).isTrue();
    assertThat(form.group(1)).contains(id);
    assertOnlySessionRedelivers(form.group(1), id);
  }

  private static void assertOnlySessionRedelivers(String action, String id) throws Exception {
    var delivery = "/admin/v1/deliveries/" + id;
    var admin = gateway.http().as(TOKEN);
    var browser = Browser.at(gateway).signedIn(TOKEN);
    var foreign = Browser.at(gateway).signedIn(TOKEN).csrf();
    int before = gateway.api().received("/receiver").size();
    gateway.api().on("/receiver", RecordingApi.responding(200, "accepted"));

    Browser.at(gateway).submit(action, Map.of()).assertProblem(401, "unauthorized");
    browser.submit(action, Map.of()).assertProblem(403, "forbidden");
    browser.submit(action, Map.of("csrf", foreign)).assertProblem(403, "forbidden");
    assertThat(browser.get(action).status()).isEqualTo(405);
    assertThat(admin.get(delivery).json()).containsEntry("state", "failed");
    assertThat(AdminClient.auditLog(gateway)).noneMatch(line -> id.equals(line.get("target")));

    var done = browser.submit(action, Map.of("csrf", browser.csrf()));
    assertThat(done.status()).as(done.text()).isEqualTo(303);
    assertThat(done.header("Location")).isEqualTo("/ui");
    admin.poll(delivery, response -> "delivered".equals(response.json().get("state")));
    assertThat(gateway.api().received("/receiver")).hasSize(before + 1);
    assertThat(browser.get("/ui").text()).doesNotContain(id);
    assertThat(AdminClient.auditLog(gateway))
        .anyMatch(line ->
            "delivery.redeliver".equals(line.get("action"))
                && id.equals(line.get("target"))
                && "admin.token".equals(line.get("operator")));
  }

  @Test
  @DisplayName("another spelling of an operator's path shows nothing to a stranger")
  void showsNothingAtOtherSpellings() throws Exception {
    gateway.http().as(TOKEN).post("/admin/v1/subscriptions", AdminClient.subscriptionJson("seen"));
    for (String path :
        List.of(
            "/ui/../admin/v1/subscriptions",
            "/ui/%2e%2e/admin/v1/subscriptions",
            "/ui/..;/admin/v1/subscriptions",
            "/ui/sign-in/../../admin/v1/subscriptions",
            "/ui/style.css/../",
            "/ui/sign-in/..",
            "/UI",
            "//ui",
            "/./ui",
            "/%75i",
            "/ui%2f",
            "/ui;x=1",
            "/ui//",
            "/ui?x",
            "/ui#x",
            "/ui/deliveries",
            "/ADMIN/v1/subscriptions",
            "//admin/v1/subscriptions",
            "/%61dmin/v1/subscriptions",
            "/x/../admin/v1/subscriptions",
            "http://elsewhere/ui",
            "http://elsewhere/admin/v1/subscriptions")) {
      var response = raw(path);
      assertThat(response)
          .as(path)
          .startsWith("HTTP/1.1 ")
          .doesNotContain("Overview", "csrf", "\"seen\"", "<td>");
    }
    // Paths that are not Backlane's are forwarded.
    assertThat(gateway.api().received("/UI")).isNotEmpty();
    assertThat(gateway.api().received("/ui")).isEmpty();
  }

  private static String raw(String path) throws Exception {
    return gateway
        .http()
        .as("")
        .raw("GET " + path + " HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n");
  }

  @Test
  void forwardsPathsWithoutSignIn() throws Exception {
    try (var closed =
        TestGateway.with("admin: { token: \"\" }\n")
            .jvmOptions("-XX:TieredStopAtLevel=1")
            .start()) {
      var browser = Browser.at(closed);
      for (String path : List.of("/ui", "/ui/sign-in", "/ui/oidc", "/admin/v1/subscriptions")) {
        assertThat(browser.get(path).status()).isEqualTo(200);
        assertThat(closed.api().received(path)).hasSize(1);
      }
      assertThat(browser.submit("/ui/sign-in", Map.of("token", "")).text()).isEqualTo("token=");
      assertThat(browser.cookies()).isEmpty();
    }
  }
}
