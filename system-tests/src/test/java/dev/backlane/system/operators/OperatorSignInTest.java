package dev.backlane.system.operators;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.system.support.TestGateway;
import dev.backlane.system.support.certificates.CertificateAuthority;
import dev.backlane.system.support.webhooks.AdminClient;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/// Operators who sign in with `admin.token`: the form, the session, and its protection.
@Timeout(60)
public final class OperatorSignInTest {
  private static final String TOKEN = "the-operators-token-of-the-tests";
  private static final String SETTINGS =
      "admin: { token: " + TOKEN + " }\nwebhooks: { allow-cidrs: [127.0.0.0/8] }\n";
  private static final String SUBSCRIPTIONS = "/admin/v1/subscriptions";
  private static final String SESSION = "backlane";
  private static final int REFUSALS_PER_MINUTE = 30;

  @TempDir private static Path folder;

  @RegisterExtension
  static final TestGateway gateway =
      TestGateway.with(SETTINGS).jvmOptions("-XX:TieredStopAtLevel=1");

  @Test
  void redirectsToFormWithoutSession() throws Exception {
    var browser = Browser.at(gateway);
    for (String path : List.of("/ui", "/ui/")) {
      var response = browser.get(path);
      assertThat(response.status()).isEqualTo(303);
      assertThat(response.header("Location")).isEqualTo("/ui/sign-in");
      assertThat(response.text()).isEmpty();
    }
    var form = browser.get("/ui/sign-in");
    assertThat(form.status()).isEqualTo(200);
    assertThat(form.text()).contains("type=\"password\"").doesNotContain("/ui/oidc");
    assertThat(browser.cookies()).isEmpty();
    browser.get(SUBSCRIPTIONS).assertProblem(401, "unauthorized");
  }

  @Test
  void returnsFormForWrongToken() throws Exception {
    var browser = Browser.at(gateway);
    for (String wrong : List.of("", "wrong", TOKEN + "x", TOKEN.toUpperCase(Locale.ROOT))) {
      var response = browser.submit("/ui/sign-in", Map.of("token", wrong));
      assertThat(response.status()).isEqualTo(401);
      assertThat(response.header("Content-Type")).isEqualTo("text/html; charset=utf-8");
      assertThat(response.text()).contains("role=\"alert\"").doesNotContain(TOKEN);
      assertThat(response.headers().allValues("Set-Cookie")).isEmpty();
    }
    assertThat(browser.isSignedIn()).isFalse();
  }

  @Test
  void limitsGuessesTo30PerMinute() throws Exception {
    try (var guessed = TestGateway.with(SETTINGS).jvmOptions("-XX:TieredStopAtLevel=1").start()) {
      var browser = Browser.at(guessed);
      for (int i = 0; i < REFUSALS_PER_MINUTE; i++) {
        assertThat(browser.submit("/ui/sign-in", Map.of("token", "guess-" + i)).status())
            .isEqualTo(401);
      }
      var tooMany = browser.submit("/ui/sign-in", Map.of("token", "one-more"));
      tooMany.assertProblem(429, "rate-limited");
      assertThat(Integer.parseInt(tooMany.header("Retry-After"))).isBetween(1, 60);
      assertThat(guessed.http().as("guess").get(SUBSCRIPTIONS).status()).isEqualTo(429);
      assertThat(browser.cookies()).isEmpty();
    }
  }

  @Test
  void tokenOpensPagesAndAdminApi() throws Exception {
    var browser = Browser.at(gateway);
    var response = browser.submit("/ui/sign-in", Map.of("token", TOKEN));
    assertThat(response.status()).isEqualTo(303);
    assertThat(response.header("Location")).isEqualTo("/ui");
    var attributes = Browser.cookieAttributes(response, SESSION);
    assertThat(attributes).contains("HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=28800");
    assertThat(attributes).doesNotContain("Secure").noneMatch(each -> each.startsWith("Domain"));

    var page = browser.get("/ui");
    assertThat(page.status()).isEqualTo(200);
    assertThat(page.text()).contains("Overview", "<span>admin.token</span>").doesNotContain(TOKEN);
    assertThat(browser.get(SUBSCRIPTIONS).json()).containsOnlyKeys("items");
    assertThat(AdminClient.auditLog(gateway))
        .anyMatch(line -> done(line, "operator.sign-in", "dashboard"));
  }

  @Test
  void bindsCookieToHostOverTls() throws Exception {
    var authority = new CertificateAuthority(folder);
    var issued = authority.issue("operators", "EC", "ip:127.0.0.1");
    issued.write(folder.resolve("tls.crt"), folder.resolve("tls.key"));
    var flags =
        List.of(
            "--server.tls-certificate=" + folder.resolve("tls.crt"),
            "--server.tls-key=" + folder.resolve("tls.key"));
    try (var secure = TestGateway.with(SETTINGS).flags(flags).start();
        var client = HttpClient.newBuilder().sslContext(authority.client()).build()) {
      var browser = new Browser(client, secure.process().url());
      var response = browser.submit("/ui/sign-in", Map.of("token", TOKEN));
      assertThat(Browser.cookieAttributes(response, "__Host-" + SESSION))
          .contains("HttpOnly", "SameSite=Lax", "Path=/", "Secure", "Max-Age=28800")
          .noneMatch(each -> each.startsWith("Domain"));
      assertThat(browser.isSignedIn()).isTrue();

      var renamed = new Browser(client, secure.process().url());
      renamed.cookies().put(SESSION, browser.cookie("__Host-" + SESSION));
      assertThat(renamed.isSignedIn()).isFalse();
    }
  }

  @Test
  void requiresCsrfTokenForChanges() throws Exception {
    var browser = Browser.at(gateway).signedIn(TOKEN);
    var foreign = Browser.at(gateway).signedIn(TOKEN).csrf();
    var csrf = browser.csrf();
    assertThat(csrf).hasSizeGreaterThan(40).isNotEqualTo(foreign);
    var body = AdminClient.subscriptionJson("refused");
    for (String[] headers :
        List.of(
            new String[0],
            new String[] {"X-CSRF-Token", ""},
            new String[] {"X-CSRF-Token", "wrong"},
            new String[] {"X-CSRF-Token", csrf.substring(1)},
            new String[] {"X-CSRF-Token", foreign})) {
      browser.send("POST", SUBSCRIPTIONS, body, headers).assertProblem(403, "forbidden");
    }
    browser.send("POST", SUBSCRIPTIONS + "?csrf=" + csrf, body).assertProblem(403, "forbidden");
    assertThat(browser.get(SUBSCRIPTIONS).text()).doesNotContain("refused");
    assertThat(AdminClient.auditLog(gateway))
        .noneMatch(line -> line.containsValue(TestGateway.TENANT + "/refused"));

    var made =
        browser.send(
            "POST", SUBSCRIPTIONS, AdminClient.subscriptionJson("made"), "X-CSRF-Token", csrf);
    assertThat(made.status()).as(made.text()).isEqualTo(201);
    var target = SUBSCRIPTIONS + "/" + made.json().get("id");
    for (String method : List.of("PATCH", "DELETE")) {
      browser.send(method, target, "{\"enabled\":false}").assertProblem(403, "forbidden");
    }
    browser.send("POST", target + "/rotate", "").assertProblem(403, "forbidden");
    assertThat(browser.get(target).json()).containsEntry("enabled", true);
    assertThat(AdminClient.auditLog(gateway))
        .anyMatch(line -> done(line, "subscription.create", TestGateway.TENANT + "/made"));
  }

  @Test
  void requiresNoCsrfTokenWithBearerToken() throws Exception {
    var made =
        gateway.http().as(TOKEN).post(SUBSCRIPTIONS, AdminClient.subscriptionJson("by-token"));
    assertThat(made.status()).isEqualTo(201);
    gateway
        .http()
        .post(SUBSCRIPTIONS, AdminClient.subscriptionJson("callers"))
        .assertProblem(401, "unauthorized");
  }

  @Test
  void signsOutWithCsrfTokenOnly() throws Exception {
    var browser = Browser.at(gateway).signedIn(TOKEN);
    browser.submit("/ui/sign-out", Map.of()).assertProblem(403, "forbidden");
    browser.submit("/ui/sign-out", Map.of("csrf", "wrong")).assertProblem(403, "forbidden");
    assertThat(browser.get("/ui/sign-out").status()).isEqualTo(405);
    assertThat(browser.isSignedIn()).isTrue();

    var out = browser.submit("/ui/sign-out", Map.of("csrf", browser.csrf()));
    assertThat(out.status()).isEqualTo(303);
    assertThat(out.header("Location")).isEqualTo("/ui/sign-in");
    assertThat(Browser.cookieAttributes(out, SESSION)).contains("Max-Age=0", "Path=/");
    assertThat(browser.cookies()).isEmpty();
    assertThat(browser.isSignedIn()).isFalse();
  }

  @Test
  void refusesChangedCookie() throws Exception {
    var good = Browser.at(gateway).signedIn(TOKEN).cookie(SESSION);
    var browser = Browser.at(gateway);
    int middle = good.length() / 2;
    var other = good.charAt(middle) == 'A' ? 'B' : 'A';
    for (String bad :
        List.of(
            good.substring(0, middle) + other + good.substring(middle + 1),
            "B" + good.substring(1),
            good.substring(0, 8) + "AA" + good.substring(10),
            good.substring(0, good.length() - 4),
            good + "AAAA",
            "",
            "AgAAAAAAAAAAAA",
            "not base64 at all",
            "\"" + good + "\"",
            TOKEN)) {
      browser.cookies().put(SESSION, bad);
      var page = browser.get("/ui");
      assertThat(page.status()).as(bad).isEqualTo(303);
      assertThat(page.header("Location")).isEqualTo("/ui/sign-in");
    }
    assertThat(browser.isSignedIn()).isFalse();
    browser.cookies().put(SESSION, good);
    assertThat(browser.isSignedIn()).isTrue();
  }

  @Test
  void refusesCookieOfOtherGateway() throws Exception {
    try (var other = TestGateway.with(SETTINGS).jvmOptions("-XX:TieredStopAtLevel=1").start()) {
      var browser = Browser.at(other).signedIn(TOKEN);
      assertThat(browser.isSignedIn()).isTrue();
      assertThat(browser.movedTo(gateway.url()).isSignedIn()).isFalse();
    }
  }

  @Test
  void keepsSessionUntilTokenChanges() throws Exception {
    try (var restarted = TestGateway.with(SETTINGS).jvmOptions("-XX:TieredStopAtLevel=1").start()) {
      var browser = Browser.at(restarted).signedIn(TOKEN);
      restarted.crash();
      restarted.restart();
      assertThat(browser.movedTo(restarted.process().url()).isSignedIn()).isTrue();

      restarted.crash();
      var file = restarted.configFile();
      Files.writeString(file, Files.readString(file).replace(TOKEN, "another-" + TOKEN));
      restarted.restart();
      assertThat(browser.movedTo(restarted.process().url()).isSignedIn()).isFalse();
      assertThat(Browser.at(restarted).signedIn("another-" + TOKEN).isSignedIn()).isTrue();
    }
  }

  @Test
  void refusesFormOfOtherSite() throws Exception {
    var browser = Browser.at(gateway);
    var fields = Map.of("token", TOKEN);
    for (String site : List.of("cross-site", "same-site", "junk")) {
      browser.submit("/ui/sign-in", fields, "Sec-Fetch-Site", site).assertProblem(403, "forbidden");
    }
    assertThat(browser.cookies()).isEmpty();
    for (String site : List.of("same-origin", "none")) {
      assertThat(browser.submit("/ui/sign-in", fields, "Sec-Fetch-Site", site).status())
          .isEqualTo(303);
    }
  }

  @Test
  void refusesLargeAndRepeatedFields() throws Exception {
    var browser = Browser.at(gateway);
    assertThat(browser.submit("/ui/sign-in", Map.of("token", "x".repeat(9000))).status())
        .isEqualTo(413);
    var twice = browser.send("POST", "/ui/sign-in", "token=" + TOKEN + "&token=" + TOKEN);
    twice.assertProblem(400, "invalid-request");
    assertThat(browser.get("/ui/sign-in?token=" + TOKEN).headers().map())
        .doesNotContainKey("set-cookie");
    assertThat(browser.cookies()).isEmpty();
  }

  private static boolean done(Map<String, Object> line, String action, String target) {
    return line.keySet().equals(Set.of("timeUtc", "operator", "remote", "action", "target"))
        && "admin.token".equals(line.get("operator"))
        && "127.0.0.1".equals(line.get("remote"))
        && action.equals(line.get("action"))
        && target.equals(line.get("target"));
  }
}
