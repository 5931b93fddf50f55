package dev.backlane.system.operators;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.protocol.Json;
import dev.backlane.system.support.Http.Response;
import dev.backlane.system.support.RecordingApi;
import dev.backlane.system.support.TestGateway;
import dev.backlane.system.support.webhooks.AdminClient;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
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
  private static final String READ_TOKEN = "the-reading-operators-token-of-the-tests";
  private static final String MARKUP = "\"><script>alert('x')</script>";
  private static final String ESCAPED = "\"&gt;&lt;script&gt;alert('x')&lt;/script&gt;";
  private static final Pattern REDELIVER =
      Pattern.compile("action=\"(/ui/deliveries/[^\"]+/redeliver)\"");
  private static final Pattern STYLE = Pattern.compile("href=\"(/ui/assets/[^\"]+/style.css)\"");
  private static final Pattern SECRET = Pattern.compile(">(whsec_[^<]+)<");
  private static final Pattern SUBSCRIPTION =
      Pattern.compile("href=\"(/ui/subscriptions/[^\"]+)\"");

  @RegisterExtension
  static final TestGateway gateway =
      TestGateway.with(
              """
              admin: { token: %s, read-token: %s }
              webhooks: { allow-cidrs: [127.0.0.0/8], retry-schedule: [1ms] }
              """
                  .formatted(TOKEN, READ_TOKEN))
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
            operator.get("/ui/subscriptions"),
            operator.get("/ui/deliveries"),
            operator.get("/ui/nodes"),
            operator.get("/ui/configuration"),
            operator.get("/ui/audit"),
            operator.get("/ui/nothing", "Accept", "text/html"),
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
          .contains("form-action 'self'", "script-src 'self';", "style-src 'self';")
          .doesNotContain("unsafe-", "*", "data:", "http");
      assertThat(response.header("X-Content-Type-Options")).isEqualTo("nosniff");
      assertThat(response.header("X-Frame-Options")).isEqualTo("DENY");
      assertThat(response.header("Referrer-Policy")).isEqualTo("no-referrer");
      assertThat(response.header("Cross-Origin-Opener-Policy")).isEqualTo("same-origin");
      assertThat(response.header("Cache-Control")).isEqualTo("no-store");
      assertThat(withoutFiles(response))
          .doesNotContain("<script", " style=", "\tat ")
          .doesNotContainPattern("\\son[a-z]+=");
    }
  }

  /// A page without the elements that load scripts of the gateway.
  private static String withoutFiles(Response page) {
    return page.text()
        .replaceAll("<script src=\"/ui/assets/[0-9a-f]{16}/[\\w.]+\" defer></script>", "");
  }

  @Test
  void problemsArePagesForBrowsersAndDocumentsForPrograms() throws Exception {
    var operator = Browser.at(gateway).signedIn(TOKEN);

    var page = operator.get("/ui/nothing", "Accept", "text/html,*/*;q=0.8");
    assertThat(page.status()).isEqualTo(404);
    assertThat(page.header("Content-Type")).isEqualTo("text/html; charset=utf-8");
    assertThat(page.text()).contains("There is no such page.", "href=\"/ui\"");
    operator.get("/ui/nothing").assertProblem(404, "not-found");
    operator.get("/ui/deliveries?state=lost").assertProblem(400, "invalid-request");
    operator.get("/ui/subscriptions/none").assertProblem(404, "not-found");
  }

  @Test
  void opensTheRequestedPageAfterTheSignIn() throws Exception {
    var browser = Browser.at(gateway);
    var refused = browser.get("/ui/deliveries?state=failed");
    assertThat(refused.header("Location"))
        .isEqualTo("/ui/sign-in?next=%2Fui%2Fdeliveries%3Fstate%3Dfailed");
    assertThat(browser.get(refused.header("Location")).text())
        .contains("name=\"next\" value=\"/ui/deliveries?state=failed\"");
    for (String[] next :
        new String[][] {
          {"/ui/deliveries?state=failed", "/ui/deliveries?state=failed"},
          {"//evil.example", "/ui"},
          {"https://evil.example/ui", "/ui"},
          {"/ui\\evil", "/ui"},
          {"/ui/\r\nSet-Cookie: a=b", "/ui"},
          {"/other", "/ui"}
        }) {
      var done = browser.submit("/ui/sign-in", Map.of("token", TOKEN, "next", next[0]));
      assertThat(done.status()).isEqualTo(303);
      assertThat(done.header("Location")).isEqualTo(next[1]);
    }
  }

  @Test
  void keepsFilesByTheirDigestAndWithoutASignIn() throws Exception {
    var form = Browser.at(gateway).get("/ui/sign-in").text();
    var url = STYLE.matcher(form);
    assertThat(url.find()).as(form).isTrue();

    var file = Browser.at(gateway).get(url.group(1));
    assertThat(file.status()).isEqualTo(200);
    assertThat(file.header("Cache-Control")).isEqualTo("public, max-age=31536000, immutable");
    assertThat(file.header("X-Content-Type-Options")).isEqualTo("nosniff");
    Browser.at(gateway).get("/ui/assets/0/style.css").assertProblem(404, "not-found");
  }

  @Test
  void sendsAPageAgainWhenItHasChanged() throws Exception {
    var browser = Browser.at(gateway).signedIn(TOKEN);
    Browser.at(gateway).get("/ui/live?page=/ui").assertProblem(401, "unauthorized");
    browser.get("/ui/live?page=/ui/configuration").assertProblem(404, "not-found");
    try (var socket = new Socket(gateway.url().getHost(), gateway.url().getPort())) {
      socket.setSoTimeout(10_000);
      socket
          .getOutputStream()
          .write(
              ("GET /ui/live?page=%2Fui%2Fsubscriptions HTTP/1.1\r\nHost: here\r\nCookie: backlane="
                      + browser.cookie("backlane")
                      + "\r\n\r\n")
                  .getBytes(UTF_8));
      var in = new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8));
      awaitLine(in, "data: <h1>Subscriptions</h1>");
      gateway
          .http()
          .as(TOKEN)
          .post("/admin/v1/subscriptions", AdminClient.subscriptionJson("appears"));
      awaitLine(in, ">appears</a>");
    }
  }

  private static void awaitLine(BufferedReader in, String part) throws IOException {
    String line;
    do {
      line = in.readLine();
      assertThat(line).as("a line with " + part).isNotNull();
    } while (line != null && !line.contains(part));
  }

  @Test
  void createsAndChangesASubscription() throws Exception {
    gateway.api().on("/hook", RecordingApi.responding(200, "accepted"));
    var browser = Browser.at(gateway).signedIn(TOKEN);
    var csrf = browser.csrf();
    var refused =
        browser.submit(
            "/ui/subscriptions/create", Map.of("csrf", csrf, "client", "robot", "url", "ftp://a"));
    assertThat(refused.status()).isEqualTo(400);
    assertThat(refused.text()).contains("role=\"alert\"", "value=\"robot\"", "value=\"ftp://a\"");
    browser
        .submit("/ui/subscriptions/create", Map.of("client", "robot"))
        .assertProblem(403, "forbidden");

    var made =
        browser.submit(
            "/ui/subscriptions/create",
            Map.of("csrf", csrf, "client", "robot", "url", gateway.api().url() + "/hook"));
    assertThat(made.status()).as(made.text()).isEqualTo(200);
    var secret = first(SECRET, made.text());
    var path = first(SUBSCRIPTION, made.text());
    assertThat(browser.get(path).text()).contains("robot").doesNotContain(secret);
    assertThat(browser.get(path + "/test").status()).isEqualTo(405);

    var tested = browser.submit(path + "/test", Map.of("csrf", csrf));
    assertThat(tested.header("Location")).isEqualTo(path + "?notice=tested");
    assertThat(browser.get(path + "?notice=tested").text()).contains("A test event is on its way");
    gateway
        .http()
        .as(TOKEN)
        .poll(
            "/admin/v1" + path.substring(3) + "/deliveries",
            response -> response.text().contains("\"delivered\""));
    assertThat(browser.get(path).text()).contains("state-delivered", ">test</span>");

    assertThat(browser.submit(path + "/disable", Map.of("csrf", csrf)).status()).isEqualTo(303);
    assertThat(browser.get("/ui").text()).contains("1 subscription is disabled.");
    assertThat(browser.submit(path + "/enable", Map.of("csrf", csrf)).status()).isEqualTo(303);
    var rotated = browser.submit(path + "/rotate", Map.of("csrf", csrf));
    assertThat(first(SECRET, rotated.text())).isNotEqualTo(secret);
    assertThat(browser.get(path).text()).contains("Previous secret");
    assertThat(browser.submit(path + "/delete", Map.of("csrf", csrf)).header("Location"))
        .isEqualTo("/ui/subscriptions?notice=deleted");
    browser.get(path).assertProblem(404, "not-found");
    assertThat(browser.get("/ui/audit").text())
        .contains("subscription.create", "subscription.rotate", "subscription.delete");
  }

  private static String first(Pattern pattern, String text) {
    var found = pattern.matcher(text);
    assertThat(found.find()).as(text).isTrue();
    return found.group(1);
  }

  @Test
  void anOperatorWhoMayOnlyReadChangesNothing() throws Exception {
    var reader = Browser.at(gateway).signedIn(READ_TOKEN);
    assertThat(reader.get("/ui/pauses").text()).contains("<body class=\"reader\">");

    var fields = Map.of("csrf", reader.csrf(), "scope", "upstream");
    reader.submit("/ui/pauses/pause", fields).assertProblem(403, "forbidden");
    assertThat(Browser.at(gateway).signedIn(TOKEN).get("/ui/pauses").text())
        .contains("Nothing is paused", "<body>");
  }

  @Test
  void showsTheConfigurationWithoutSecrets() throws Exception {
    var page = Browser.at(gateway).signedIn(TOKEN).get("/ui/configuration").text();

    assertThat(page)
        .contains("admin.token", "••••", "webhooks.allow-cidrs", "127.0.0.0/8", "execution.lease")
        .doesNotContain(TOKEN, READ_TOKEN);
    assertThat(Browser.at(gateway).signedIn(TOKEN).get("/ui/configuration?show=set").text())
        .contains("webhooks.retry-schedule")
        .doesNotContain("execution.lease");
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

    var page = Browser.at(gateway).signedIn(TOKEN).get("/ui/subscriptions");
    assertThat(withoutFiles(page))
        .doesNotContain("<script")
        .contains(ESCAPED + "client</a>", ESCAPED + "tenant</td>")
        .contains("<code>http://127.0.0.1:9/'onload='x&amp;y=%3Cscript%3E</code>");
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
    assertThat(browser.get("/ui/deliveries?state=failed").text())
        .contains("<code>" + id + "</code>", ">500</span>");
    var page = browser.get("/ui/deliveries/" + id);
    assertThat(withoutFiles(page)).contains("2 attempts").doesNotContain("<script");
    var action = first(REDELIVER, page.text());
    assertThat(action).contains(id);
    assertOnlySessionRedelivers(action, id);
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
    assertThat(done.header("Location")).isEqualTo("/ui/deliveries/" + id + "?notice=redelivered");
    admin.poll(delivery, response -> "delivered".equals(response.json().get("state")));
    assertThat(gateway.api().received("/receiver")).hasSize(before + 1);
    assertThat(browser.get("/ui/deliveries?state=failed").text()).doesNotContain(id);
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
