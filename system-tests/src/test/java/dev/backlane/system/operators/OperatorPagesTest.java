package dev.backlane.system.operators;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.protocol.Json;
import dev.backlane.system.support.Http.Answer;
import dev.backlane.system.support.RecordingApi;
import dev.backlane.system.support.TestGateway;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// The operator's pages in a browser: what they forbid it, what others' words become on them, and which paths are theirs.
@Timeout(60)
final class OperatorPagesTest {
  private static final String TOKEN = OperatorSignInTest.TOKEN;
  private static final String MARKUP = "\"><script>alert('x')</script>";
  private static final String ESCAPED = "&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;";
  private static final Pattern REDELIVER =
      Pattern.compile("action=\"(/ui/deliveries/[^\"]+/redeliver)\"");

  private static TestGateway stand;

  @BeforeAll
  static void open() {
    stand =
        TestGateway.open(
            """
            admin: { token: %s }
            webhooks: { allow-cidrs: [127.0.0.0/8], retry-schedule: [1ms] }
            """
                .formatted(TOKEN),
            "-XX:TieredStopAtLevel=1");
  }

  @AfterAll
  static void close() {
    stand.close();
  }

  @Test
  void everyAnswerForbidsTheBrowserWhatItDoesNotNeed() throws Exception {
    var operator = Browser.at(stand).signedIn(TOKEN);
    var stranger = Browser.at(stand);
    for (Answer answer :
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
      assertThat(answer.header("Content-Security-Policy"))
          .contains("default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'")
          .contains("form-action 'self'")
          .doesNotContain("script-src", "unsafe-inline", "*");
      assertThat(answer.header("X-Content-Type-Options")).isEqualTo("nosniff");
      assertThat(answer.header("X-Frame-Options")).isEqualTo("DENY");
      assertThat(answer.header("Referrer-Policy")).isEqualTo("no-referrer");
      assertThat(answer.header("Cross-Origin-Opener-Policy")).isEqualTo("same-origin");
      assertThat(answer.header("Cache-Control")).isEqualTo("no-store");
      assertThat(answer.text()).doesNotContain("<script", " style=", " onclick=", "\tat ");
    }
  }

  @Test
  void whatOthersChoseIsTextOnThePage() throws Exception {
    var admin = stand.http().as(TOKEN);
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

    var page = Browser.at(stand).signedIn(TOKEN).get("/ui").text();
    assertThat(page)
        .doesNotContain("<script")
        .contains("<td>" + ESCAPED + "client</td><td>" + ESCAPED + "tenant</td>")
        .contains("<td>http://127.0.0.1:9/&#39;onload=&#39;x&amp;y=%3Cscript%3E</td>");
  }

  @Test
  void aDeliveryThatFailedIsMadeAgainFromThePage() throws Exception {
    stand.api().on("/receiver", RecordingApi.answering(500, "<script>of a receiver</script>"));
    var call = stand.http();
    var accepted = call.post("/call", "{}", "erp-api-background", stand.api().url() + "/receiver");
    var id = accepted.acceptedId();
    call.awaitEnd(id);
    var failed =
        stand
            .http()
            .as(TOKEN)
            .poll(
                "/admin/v1/deliveries/" + id,
                answer -> answer.status() == 200 && "failed".equals(answer.json().get("state")));
    assertThat(failed.json().get("reason")).asString().contains("2 attempts");

    var browser = Browser.at(stand).signedIn(TOKEN);
    var page = browser.get("/ui").text();
    assertThat(page).contains("<code>" + id + "</code>", "2 attempts").doesNotContain("<script");
    var form = REDELIVER.matcher(page);
    assertThat(form.find()).isTrue();
    assertThat(form.group(1)).contains(id);
    redeliveredBySessionAlone(form.group(1), id);
  }

  private static void redeliveredBySessionAlone(String action, String id) throws Exception {
    var delivery = "/admin/v1/deliveries/" + id;
    var admin = stand.http().as(TOKEN);
    var browser = Browser.at(stand).signedIn(TOKEN);
    var foreign = Browser.at(stand).signedIn(TOKEN).csrf();
    int before = stand.api().received("/receiver").size();
    stand.api().on("/receiver", RecordingApi.answering(200, "taken"));

    Browser.at(stand).submit(action, Map.of()).assertProblem(401, "unauthorized");
    browser.submit(action, Map.of()).assertProblem(403, "forbidden");
    browser.submit(action, Map.of("csrf", foreign)).assertProblem(403, "forbidden");
    assertThat(browser.get(action).status()).isEqualTo(405);
    assertThat(admin.get(delivery).json()).containsEntry("state", "failed");
    assertThat(OperatorSignInTest.audit(stand)).noneMatch(line -> id.equals(line.get("target")));

    var done = browser.submit(action, Map.of("csrf", browser.csrf()));
    assertThat(done.status()).as(done.text()).isEqualTo(303);
    assertThat(done.header("Location")).isEqualTo("/ui");
    admin.poll(delivery, answer -> "delivered".equals(answer.json().get("state")));
    assertThat(stand.api().received("/receiver")).hasSize(before + 1);
    assertThat(browser.get("/ui").text()).doesNotContain(id);
    assertThat(OperatorSignInTest.audit(stand))
        .anyMatch(line ->
            "delivery.redeliver".equals(line.get("action"))
                && id.equals(line.get("target"))
                && "admin.token".equals(line.get("operator")));
  }

  @Test
  void anotherSpellingOfThePathShowsNothing() throws Exception {
    stand.http().as(TOKEN).post("/admin/v1/subscriptions", OperatorSignInTest.subscription("seen"));
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
      var answer = raw(path);
      assertThat(answer)
          .as(path)
          .startsWith("HTTP/1.1 ")
          .doesNotContain("Overview", "csrf", "\"seen\"", "<td>");
    }
    // The upstream echoes a body; what is not ours is its own.
    assertThat(stand.api().received("/UI")).isNotEmpty();
    assertThat(stand.api().received("/ui")).isEmpty();
  }

  private static String raw(String path) throws Exception {
    return stand
        .http()
        .as("")
        .raw("GET " + path + " HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n");
  }

  @Test
  void whereThereIsNoWayInThePathsAreTheUpstreams() throws Exception {
    try (var closed = TestGateway.open("admin: { token: \"\" }\n", "-XX:TieredStopAtLevel=1")) {
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
