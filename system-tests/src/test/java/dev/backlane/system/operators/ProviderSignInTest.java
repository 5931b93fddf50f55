package dev.backlane.system.operators;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.system.auth.KeycloakProcess;
import dev.backlane.system.auth.KeycloakRealm;
import dev.backlane.system.support.Http.Answer;
import dev.backlane.system.support.TestGateway;
import java.io.IOException;
import java.net.URI;
import java.net.URLDecoder;
import java.net.http.HttpClient;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Operators sign in at a real Keycloak, in its own form: who becomes an operator, who does not, and what an attacker between
/// the two cannot do.
@Timeout(60)
final class ProviderSignInTest {
  static final String CLIENT_ID = "dashboard";
  static final String CLIENT_SECRET = "a-secret-of-the-dashboard";

  private static final String OPERATOR = "ola";
  private static final String NO_OPERATOR = "kari";
  private static final String CALLBACK = "/ui/oidc/callback";
  private static final String BEGUN = "backlane-sign-in";
  private static final String SESSION = "backlane";
  private static final Pattern ACTION = Pattern.compile("<form[^>]* action=\"([^\"]+)\"");

  private static KeycloakProcess keycloak;
  private static HttpClient client;
  private static TestGateway stand;

  @BeforeAll
  static void start() {
    keycloak = KeycloakProcess.start();
    client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    var issuer = new KeycloakRealm(client, keycloak.url()).issuer();
    stand =
        TestGateway.with(
            List.of("-XX:TieredStopAtLevel=1"),
            List.of(
                "--admin.oidc-issuer=" + issuer,
                "--admin.oidc-client-id=" + CLIENT_ID,
                "--admin.oidc-client-secret=" + CLIENT_SECRET,
                "--admin.oidc-claim=duty",
                "--admin.oidc-values=another-duty,backlane-operator"),
            "webhooks: { allow-cidrs: [127.0.0.0/8] }\n");
  }

  @AfterAll
  static void stop() {
    stand.close();
    client.close();
    keycloak.close();
  }

  @Test
  void anOperatorSignsInAndActsUnderTheirName() throws Exception {
    var browser = Browser.at(stand);
    var ended = browser.get(callback(browser, OPERATOR));
    assertThat(ended.status()).as(ended.text()).isEqualTo(303);
    assertThat(ended.header("Location")).isEqualTo("/ui");
    assertThat(OperatorSignInTest.attributes(ended, SESSION)).contains("HttpOnly", "SameSite=Lax");
    assertThat(OperatorSignInTest.attributes(ended, BEGUN)).contains("Max-Age=0");
    assertThat(browser.cookies()).containsOnlyKeys(SESSION);
    assertThat(browser.get("/ui").text()).contains("<span>ola@example.com</span>");

    var made =
        browser.send(
            "POST",
            "/admin/v1/subscriptions",
            OperatorSignInTest.subscription("made-by-ola"),
            "X-CSRF-Token",
            browser.csrf());
    assertThat(made.status()).as(made.text()).isEqualTo(201);
    assertThat(OperatorSignInTest.audit(stand))
        .filteredOn("operator", "ola@example.com")
        .extracting("action")
        .contains("operator.sign-in", "subscription.create");
  }

  @Test
  void aUserWhoIsNoOperatorIsToldSo() throws Exception {
    var browser = Browser.at(stand);
    var ended = browser.get(callback(browser, NO_OPERATOR));
    assertThat(ended.status()).isEqualTo(403);
    assertThat(ended.header("Content-Type")).startsWith("text/html");
    assertThat(ended.text()).contains("You are no operator of this gateway.");
    assertNoSession(browser);
    assertThat(OperatorSignInTest.audit(stand))
        .noneMatch(line -> String.valueOf(line.get("operator")).contains("kari"));
  }

  @Test
  void theBrowserIsSentAwayWithStateNonceAndAChallengeThatTellNothing() throws Exception {
    var browser = Browser.at(stand);
    var begun = browser.get("/ui/oidc");
    var query = query(URI.create(begun.header("Location")));
    assertThat(begun.status()).isEqualTo(303);
    assertThat(begun.header("Location")).startsWith(keycloak.url() + "/realms/backlane/");
    assertThat(query)
        .containsEntry("response_type", "code")
        .containsEntry("client_id", CLIENT_ID)
        .containsEntry("code_challenge_method", "S256")
        .containsEntry("redirect_uri", stand.gateway().url() + CALLBACK)
        .containsKeys("state", "nonce", "code_challenge")
        .doesNotContainKeys("client_secret", "code_verifier");
    assertThat(query.get("code_challenge")).hasSize(43);
    assertThat(OperatorSignInTest.attributes(begun, BEGUN))
        .contains("HttpOnly", "SameSite=Lax", "Max-Age=600");
    assertThat(browser.cookie(BEGUN)).doesNotContain(query.get("state"), query.get("nonce"));
    var again = query(URI.create(browser.get("/ui/oidc").header("Location")));
    for (String once : List.of("state", "nonce", "code_challenge")) {
      assertThat(again.get(once)).isNotEqualTo(query.get(once));
    }
  }

  @Test
  void theFormOffersTheProviderAloneWhereThereIsNoToken() throws Exception {
    var form = Browser.at(stand).get("/ui/sign-in");
    assertThat(form.text()).contains("href=\"/ui/oidc\"").doesNotContain("type=\"password\"");
    for (String token : List.of("", "anything")) {
      var answer = Browser.at(stand).submit("/ui/sign-in", Map.of("token", token));
      assertThat(answer.status()).isEqualTo(401);
    }
  }

  @Test
  void aCodeIsGoodOnce() throws Exception {
    var browser = Browser.at(stand);
    var callback = callback(browser, OPERATOR);
    var begun = browser.cookie(BEGUN);
    assertThat(browser.get(callback).status()).isEqualTo(303);

    var thief = Browser.at(stand);
    assertThat(thief.get(callback).status()).isEqualTo(401);
    assertNoSession(thief);
    thief.cookies().put(BEGUN, begun);
    assertThat(thief.get(callback).status()).isEqualTo(403);
    assertNoSession(thief);
  }

  @Test
  void anAnswerOfAnotherSignInIsRefused() throws Exception {
    var browser = Browser.at(stand);
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
      var victim = Browser.at(stand);
      victim.cookies().put(BEGUN, browser.cookie(BEGUN));
      assertThat(victim.get(changed).status()).as(changed).isEqualTo(401);
      assertNoSession(victim);
    }
  }

  @Test
  void anAnswerWithoutTheCookieOfItsBrowserIsRefused() throws Exception {
    var attacker = Browser.at(stand);
    var callback = callback(attacker, OPERATOR);
    var victim = Browser.at(stand);
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
  void aCodeOfAnotherSignInIsRefusedByItsChallenge() throws Exception {
    var attacker = Browser.at(stand);
    var stolen = query(URI.create(callback(attacker, OPERATOR))).get("code");
    var victim = Browser.at(stand);
    var state = query(URI.create(victim.get("/ui/oidc").header("Location"))).get("state");
    assertThat(victim.get(CALLBACK + "?code=" + stolen + "&state=" + state).status())
        .isEqualTo(403);
    assertNoSession(victim);
  }

  @Test
  void anIdTokenOfAnotherNonceIsRefused() throws Exception {
    var browser = Browser.at(stand);
    var url = browser.get("/ui/oidc").header("Location");
    var nonce = query(URI.create(url)).get("nonce");
    var ended = browser.get(answered(url.replace(nonce, "of-another-sign-in"), OPERATOR));
    assertThat(ended.status()).isEqualTo(403);
    assertNoSession(browser);
    assertThat(stand.gateway().lineWith("an ID token was not good")).isPresent();
  }

  @Test
  void theCookieOfASignInThatHasBegunIsNoSignIn() throws Exception {
    var browser = Browser.at(stand);
    browser.get("/ui/oidc");
    var other = Browser.at(stand);
    other.cookies().put(SESSION, browser.cookie(BEGUN));
    assertThat(other.isSignedIn()).isFalse();
  }

  private static void assertNoSession(Browser browser) throws Exception {
    assertThat(browser.cookies()).doesNotContainKey(SESSION);
    assertThat(browser.isSignedIn()).isFalse();
  }

  /// Where a provider sends a browser back to, once a user has signed in there.
  private static String callback(Browser browser, String user)
      throws IOException, InterruptedException {
    var begun = browser.get("/ui/oidc");
    assertThat(begun.status()).as(begun.text()).isEqualTo(303);
    return answered(begun.header("Location"), user);
  }

  private static String answered(String authorization, String user)
      throws IOException, InterruptedException {
    var atProvider = new Browser(client, keycloak.url());
    var form = atProvider.get(authorization);
    assertThat(form.status()).as(form.text()).isEqualTo(200);
    var action = ACTION.matcher(form.text());
    assertThat(action.find()).as(form.text()).isTrue();
    Answer signedIn =
        atProvider.submit(
            action.group(1).replace("&amp;", "&"),
            Map.of("username", user, "password", KeycloakRealm.SECRET));
    assertThat(signedIn.status()).as(signedIn.text()).isEqualTo(302);
    var location = signedIn.header("Location");
    assertThat(location).startsWith(stand.gateway().url() + CALLBACK);
    return location.substring(stand.gateway().url().toString().length());
  }

  private static Map<String, String> query(URI url) {
    return Arrays.stream(url.getRawQuery().split("&", -1))
        .map(pair -> pair.split("=", 2))
        .collect(Collectors.toMap(pair -> pair[0], pair -> URLDecoder.decode(pair[1], UTF_8)));
  }
}
