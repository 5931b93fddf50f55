package dev.backlane.system.operators;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.system.auth.KeycloakProcess;
import dev.backlane.system.auth.KeycloakRealm;
import dev.backlane.system.support.Http.Response;
import dev.backlane.system.support.TestGateway;
import dev.backlane.system.support.node.DashboardBrowser;
import dev.backlane.system.support.webhooks.AdminClient;
import java.io.IOException;
import java.net.URI;
import java.net.URLDecoder;
import java.net.http.HttpClient;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Operators who sign in at a real Keycloak, in its form: who becomes an operator, and attacks
/// between the browser and the provider.
@Timeout(60)
final class ProviderSignInTest {
  static final String CLIENT_ID = "dashboard";
  static final String CLIENT_SECRET = "a-secret-of-the-dashboard";

  private static final String OPERATOR = "ola";
  private static final String READER = "lise";
  private static final String NO_OPERATOR = "kari";
  private static final String OF_ANOTHER_GROUP = "per";
  private static final String CALLBACK = "/ui/oidc/callback";
  private static final String BEGUN = "backlane-sign-in";
  private static final String SESSION = "backlane";
  private static final Pattern PROVIDER_LINK = Pattern.compile("href=\"(/ui/oidc[?][^\"]+)\"");
  private static final Pattern ACTION = Pattern.compile("<form[^>]* action=\"([^\"]+)\"");

  @AutoClose private static final KeycloakProcess keycloak = KeycloakProcess.start();

  @AutoClose private static final DashboardBrowser chromium = new DashboardBrowser();

  @AutoClose
  private static final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  @RegisterExtension
  static final TestGateway gateway =
      TestGateway.with("webhooks: { allow-cidrs: [127.0.0.0/8] }\n")
          .jvmOptions("-XX:TieredStopAtLevel=1")
          .flags(
              "--admin.oidc-issuer=" + new KeycloakRealm(client, keycloak.url()).issuer(),
              "--admin.oidc-client-id=" + CLIENT_ID,
              "--admin.oidc-client-secret=" + CLIENT_SECRET,
              "--admin.oidc-claim=duty",
              "--admin.oidc-values=another-duty,backlane-operator",
              "--admin.oidc-read-values=backlane-reader");

  @Test
  void signsOperatorInByName() throws Exception {
    var browser = Browser.at(gateway);
    var ended = browser.get(callback(browser, OPERATOR));
    assertThat(ended.status()).as(ended.text()).isEqualTo(303);
    assertThat(ended.header("Location")).isEqualTo("/ui");
    assertThat(Browser.cookieAttributes(ended, SESSION)).contains("HttpOnly", "SameSite=Lax");
    assertThat(Browser.cookieAttributes(ended, BEGUN)).contains("Max-Age=0");
    assertThat(browser.cookies()).containsOnlyKeys(SESSION);
    assertThat(browser.get("/ui").text()).contains("<span>ola@example.com</span>");

    var made =
        browser.send(
            "POST",
            "/admin/v1/subscriptions",
            AdminClient.subscriptionJson("made-by-ola"),
            "X-CSRF-Token",
            browser.csrf());
    assertThat(made.status()).as(made.text()).isEqualTo(201);
    assertThat(AdminClient.auditLog(gateway))
        .filteredOn("operator", "ola@example.com")
        .extracting("action")
        .contains("operator.sign-in", "subscription.create");
  }

  @Test
  @DisplayName("a user with a value of admin.oidc-read-values reads and changes nothing")
  void signsReaderIn() throws Exception {
    var browser = Browser.at(gateway);
    assertThat(browser.get(callback(browser, READER)).status()).isEqualTo(303);
    assertThat(browser.get("/ui").text()).contains("<span>lise@example.com</span>");
    assertThat(browser.get("/admin/v1/subscriptions").status()).isEqualTo(200);

    var made =
        browser.send(
            "POST",
            "/admin/v1/subscriptions",
            AdminClient.subscriptionJson("made-by-lise"),
            "X-CSRF-Token",
            browser.csrf());
    made.assertProblem(403, "forbidden");
    assertThat(made.text()).contains("lise@example.com may read and change nothing");
    assertThat(browser.get("/admin/v1/subscriptions").text()).doesNotContain("made-by-lise");
  }

  @ParameterizedTest
  @ValueSource(strings = {NO_OPERATOR, OF_ANOTHER_GROUP})
  void refusesUserWhoIsNoOperator(String user) throws Exception {
    var browser = Browser.at(gateway);
    var ended = browser.get(callback(browser, user));
    assertThat(ended.status()).isEqualTo(403);
    assertThat(ended.header("Content-Type")).startsWith("text/html");
    assertThat(ended.text())
        .contains("You are not an operator of this gateway.")
        .contains("You signed in as " + user + "@example.com")
        .contains("no value of admin.oidc-values or admin.oidc-read-values")
        .doesNotContain("backlane-operator", "backlane-reader");
    assertNoSession(browser);
    assertThat(AdminClient.auditLog(gateway))
        .noneMatch(line -> String.valueOf(line.get("operator")).contains(user));
  }

  @Test
  void opensRequestedPageAfterSignIn() throws Exception {
    var browser = Browser.at(gateway);
    var asked = browser.get("/ui/operations?phase=failed");
    assertThat(asked.header("Location")).startsWith("/ui/sign-in?next=");
    var form = browser.get(asked.header("Location"));
    var link = PROVIDER_LINK.matcher(form.text());
    assertThat(link.find()).as(form.text()).isTrue();
    var begun = browser.get(link.group(1).replace("&amp;", "&"));
    var ended = browser.get(returned(begun.header("Location"), OPERATOR));
    assertThat(ended.header("Location")).isEqualTo("/ui/operations?phase=failed");

    for (String elsewhere : List.of("https%3A%2F%2Felsewhere.example", "%2F%2Felsewhere.example")) {
      var other = Browser.at(gateway);
      var sent = other.get("/ui/oidc?next=" + elsewhere);
      assertThat(other.get(returned(sent.header("Location"), OPERATOR)).header("Location"))
          .isEqualTo("/ui");
    }
  }

  @Test
  @DisplayName("the provider asks again who the user is, if another user should sign in")
  void asksProviderForOtherUser() throws Exception {
    var browser = Browser.at(gateway);
    var refused = browser.get(callback(browser, NO_OPERATOR)).text();
    assertThat(refused).contains("href=\"/ui/oidc?prompt=login&amp;next=%2Fui\"");
    assertThat(query(URI.create(browser.get("/ui/oidc?prompt=login").header("Location"))))
        .containsEntry("prompt", "login");
    assertThat(query(URI.create(browser.get("/ui/oidc").header("Location"))))
        .doesNotContainKey("prompt");
  }

  @ParameterizedTest
  @EnabledIf(
      value = "dev.backlane.system.support.node.NodeTools#npmIsAvailable",
      disabledReason = "npm is not installed")
  @ValueSource(
      strings = {"signsInAtTheProvider", "refusesUsersOfTheProvider", "letsAReaderChangeNothing"})
  @DisplayName("in a real browser")
  void worksInBrowser(String scenario) throws Exception {
    chromium.run(
        scenario,
        gateway,
        Map.of(
            "PROVIDER_PASSWORD",
            KeycloakRealm.SECRET,
            "PAGES",
            "/ui /ui/operations /ui/failed /ui/jobs /ui/pauses /ui/subscriptions"));
  }

  @Test
  void redirectsWithStateNonceAndChallenge() throws Exception {
    var browser = Browser.at(gateway);
    var begun = browser.get("/ui/oidc");
    var query = query(URI.create(begun.header("Location")));
    assertThat(begun.status()).isEqualTo(303);
    assertThat(begun.header("Location")).startsWith(keycloak.url() + "/realms/backlane/");
    assertThat(query)
        .containsEntry("response_type", "code")
        .containsEntry("client_id", CLIENT_ID)
        .containsEntry("code_challenge_method", "S256")
        .containsEntry("redirect_uri", gateway.url() + CALLBACK)
        .containsKeys("state", "nonce", "code_challenge")
        .doesNotContainKeys("client_secret", "code_verifier");
    assertThat(query.get("code_challenge")).hasSize(43);
    assertThat(Browser.cookieAttributes(begun, BEGUN))
        .contains("HttpOnly", "SameSite=Lax", "Max-Age=600");
    assertThat(browser.cookie(BEGUN)).doesNotContain(query.get("state"), query.get("nonce"));
    var again = query(URI.create(browser.get("/ui/oidc").header("Location")));
    for (String once : List.of("state", "nonce", "code_challenge")) {
      assertThat(again.get(once)).isNotEqualTo(query.get(once));
    }
  }

  @Test
  @DisplayName("without admin.token, only sign-in at the provider is offered")
  void offersOnlyProviderWithoutToken() throws Exception {
    var form = Browser.at(gateway).get("/ui/sign-in");
    assertThat(form.text()).contains("href=\"/ui/oidc\"").doesNotContain("type=\"password\"");
    for (String token : List.of("", "anything")) {
      var response = Browser.at(gateway).submit("/ui/sign-in", Map.of("token", token));
      assertThat(response.status()).isEqualTo(401);
    }
  }

  @Test
  @DisplayName("an authorization code is accepted once")
  void acceptsCodeOnce() throws Exception {
    var browser = Browser.at(gateway);
    var callback = callback(browser, OPERATOR);
    var begun = browser.cookie(BEGUN);
    assertThat(browser.get(callback).status()).isEqualTo(303);

    var thief = Browser.at(gateway);
    assertThat(thief.get(callback).status()).isEqualTo(401);
    assertNoSession(thief);
    thief.cookies().put(BEGUN, begun);
    assertThat(thief.get(callback).status()).isEqualTo(403);
    assertNoSession(thief);
  }

  @Test
  void refusesResponseOfOtherSignIn() throws Exception {
    var browser = Browser.at(gateway);
    var callback = callback(browser, OPERATOR);
    var state = query(URI.create(callback)).get("state");
    for (String changed :
        List.of(
            callback.replace("state=" + state, "state=wrong"),
            callback.replace("state=" + state, "state="),
            callback.replace("state=" + state, "other=1"),
            CALLBACK,
            CALLBACK + "?error=access_denied&state=" + state,
            CALLBACK + "?code=&state=" + state)) {
      var victim = Browser.at(gateway);
      victim.cookies().put(BEGUN, browser.cookie(BEGUN));
      assertThat(victim.get(changed).status()).as(changed).isEqualTo(401);
      assertNoSession(victim);
    }
  }

  @Test
  void refusesResponseWithoutCookie() throws Exception {
    var attacker = Browser.at(gateway);
    var callback = callback(attacker, OPERATOR);
    var victim = Browser.at(gateway);
    assertThat(victim.get(callback).status()).isEqualTo(401);
    assertNoSession(victim);

    victim.get("/ui/oidc");
    assertThat(victim.get(callback).status()).isEqualTo(401);
    assertNoSession(victim);

    for (String bad : List.of("", "junk", "AgAA", attacker.cookie(BEGUN) + "AAAA")) {
      victim.cookies().put(BEGUN, bad);
      assertThat(victim.get(callback).status()).as(bad).isEqualTo(401);
      assertNoSession(victim);
    }
  }

  @Test
  void refusesCodeOfOtherSignIn() throws Exception {
    var attacker = Browser.at(gateway);
    var stolen = query(URI.create(callback(attacker, OPERATOR))).get("code");
    var victim = Browser.at(gateway);
    var state = query(URI.create(victim.get("/ui/oidc").header("Location"))).get("state");
    assertThat(victim.get(CALLBACK + "?code=" + stolen + "&state=" + state).status())
        .isEqualTo(403);
    assertNoSession(victim);
  }

  @Test
  void refusesIdTokenWithOtherNonce() throws Exception {
    var browser = Browser.at(gateway);
    var url = browser.get("/ui/oidc").header("Location");
    var nonce = query(URI.create(url)).get("nonce");
    var ended = browser.get(returned(url.replace(nonce, "of-another-sign-in"), OPERATOR));
    assertThat(ended.status()).isEqualTo(403);
    assertNoSession(browser);
    assertThat(gateway.process().lineWith("sign-in refused: invalid ID token")).isPresent();
  }

  @Test
  void refusesCookieOfUnfinishedSignIn() throws Exception {
    var browser = Browser.at(gateway);
    browser.get("/ui/oidc");
    var other = Browser.at(gateway);
    other.cookies().put(SESSION, browser.cookie(BEGUN));
    assertThat(other.isSignedIn()).isFalse();
  }

  private static void assertNoSession(Browser browser) throws Exception {
    assertThat(browser.cookies()).doesNotContainKey(SESSION);
    assertThat(browser.isSignedIn()).isFalse();
  }

  /// The callback URL to which the provider redirects a browser after a sign-in.
  private static String callback(Browser browser, String user)
      throws IOException, InterruptedException {
    var begun = browser.get("/ui/oidc");
    assertThat(begun.status()).as(begun.text()).isEqualTo(303);
    return returned(begun.header("Location"), user);
  }

  private static String returned(String authorization, String user)
      throws IOException, InterruptedException {
    var atProvider = new Browser(client, keycloak.url());
    var form = atProvider.get(authorization);
    assertThat(form.status()).as(form.text()).isEqualTo(200);
    var action = ACTION.matcher(form.text());
    assertThat(action.find()).as(form.text()).isTrue();
    Response signedIn =
        atProvider.submit(
            action.group(1).replace("&amp;", "&"),
            Map.of("username", user, "password", KeycloakRealm.SECRET));
    assertThat(signedIn.status()).as(signedIn.text()).isEqualTo(302);
    var location = signedIn.header("Location");
    assertThat(location).startsWith(gateway.url() + CALLBACK);
    return location.substring(gateway.url().toString().length());
  }

  private static Map<String, String> query(URI url) {
    return Arrays.stream(url.getRawQuery().split("&", -1))
        .map(pair -> pair.split("=", 2))
        .collect(Collectors.toMap(pair -> pair[0], pair -> URLDecoder.decode(pair[1], UTF_8)));
  }
}
