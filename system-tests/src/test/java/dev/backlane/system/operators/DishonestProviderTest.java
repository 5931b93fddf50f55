package dev.backlane.system.operators;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.PlainJWT;
import com.nimbusds.jwt.SignedJWT;
import dev.backlane.system.support.ClosedPort;
import dev.backlane.system.support.Http.Answer;
import dev.backlane.system.support.Statement;
import dev.backlane.system.support.Statement.Check;
import dev.backlane.system.support.TestGateway;
import java.time.Instant;
import java.util.Arrays;
import java.util.Date;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// What a provider answers that is forged, meant for somebody else, broken or missing signs nobody in.
@Timeout(60)
public final class DishonestProviderTest {
  private static final Pattern STATE = Pattern.compile("[?&]state=([^&]+)");
  private static final Pattern NONCE = Pattern.compile("[?&]nonce=([^&]+)");

  private static ScriptedProvider provider;
  private static TestGateway stand;

  /// Makes what the provider answers of the claims that would be good.
  @FunctionalInterface
  private interface Token {
    String of(JWTClaimsSet.Builder claims) throws Exception;
  }

  @BeforeAll
  static void start() throws Exception {
    provider = new ScriptedProvider();
    stand = at(provider);
  }

  private static TestGateway at(ScriptedProvider asked) {
    return TestGateway.with(
        List.of("-XX:TieredStopAtLevel=1"), flags(asked.issuer().toString()), "");
  }

  public static List<String> flags(String issuer) {
    return List.of(
        "--admin.oidc-issuer=" + issuer,
        "--admin.oidc-client-id=" + ScriptedProvider.CLIENT_ID,
        "--admin.oidc-client-secret=" + ScriptedProvider.CLIENT_SECRET,
        "--admin.oidc-values=ola@example.com");
  }

  @AfterAll
  static void stop() {
    stand.close();
    provider.close();
  }

  @ParameterizedTest
  @MethodSource("statements")
  void holds(Check check) throws Exception {
    check.run();
  }

  static Stream<Arguments> statements() {
    return Statement.rows(
        List.of(
            new Statement("a good ID token signs in", DishonestProviderTest::goodOneSignsIn),
            refused("a forged signature", claims -> provider.forged(claims.build())),
            refused("no signature", claims -> new PlainJWT(claims.build()).serialize()),
            refused(
                "the client's secret as its key",
                claims -> shared(claims, ScriptedProvider.CLIENT_SECRET.getBytes(UTF_8))),
            refused(
                "the public key taken for a secret",
                claims -> shared(claims, provider.publicKey())),
            refused("another nonce", claims -> signed(claims.claim("nonce", "another"))),
            refused("no nonce", claims -> signed(claims.claim("nonce", null))),
            refused("another audience", claims -> signed(claims.audience("another-client"))),
            refused("another issuer", claims -> signed(claims.issuer("http://127.0.0.1:9"))),
            refused("a life that is over", claims -> signed(claims.expirationTime(ago(120)))),
            refused("a birth to come", claims -> signed(claims.issueTime(ago(-600)))),
            refused("another user", claims -> signed(claims.claim("email", "kari@example.com"))),
            refused("no claim of an operator's", claims -> signed(claims.claim("email", null))),
            refused(
                "an address that nobody has verified",
                claims -> signed(claims.claim("email_verified", false))),
            new Statement(
                "an answer without an ID token signs nobody in",
                () -> broken("{\"access_token\":\"a\",\"token_type\":\"Bearer\"}")),
            new Statement("an answer that is no JSON signs nobody in", () -> broken("<html>")),
            new Statement(
                "an ID token that is none signs nobody in",
                () ->
                    broken(
                        "{\"access_token\":\"a\",\"token_type\":\"Bearer\",\"id_token\":\"x\"}")),
            new Statement(
                "a provider that breaks off is told to be away",
                () -> {
                  var browser = Browser.at(stand);
                  var query = begun(browser);
                  provider.breaksOff();
                  away(browser, ended(browser, query));
                }),
            new Statement("a provider whose keys are away is told to be away", () -> keysAway()),
            new Statement("a provider that is away is told to be away", () -> providerAway())));
  }

  private static Statement refused(String what, Token token) {
    return new Statement(
        "an ID token of " + what + " signs nobody in",
        () -> {
          var browser = Browser.at(stand);
          var url = begun(browser);
          provider.issues(token.of(provider.claims(first(NONCE, url))));
          var ended = ended(browser, url);
          assertThat(ended.status()).as(ended.text()).isEqualTo(403);
          assertThat(browser.isSignedIn()).isFalse();
        });
  }

  private static void goodOneSignsIn() throws Exception {
    var browser = Browser.at(stand);
    var url = begun(browser);
    provider.issues(signed(provider.claims(first(NONCE, url))));
    assertThat(ended(browser, url).status()).isEqualTo(303);
    assertThat(browser.isSignedIn()).isTrue();
    var asked = new String(provider.codes().getLast().body(), UTF_8);
    assertThat(asked).contains("code_verifier=", "code=a-code").doesNotContain("client_secret");
  }

  private static void broken(String json) throws Exception {
    var browser = Browser.at(stand);
    var url = begun(browser);
    provider.answersCodesWith(json);
    away(browser, ended(browser, url));
  }

  private static void keysAway() throws Exception {
    try (var closed = new ClosedPort();
        var keyless = new ScriptedProvider()) {
      keyless.tellsItsKeysAt(closed.url() + "/jwks");
      try (var other = at(keyless)) {
        var browser = Browser.at(other);
        var url = begun(browser);
        keyless.issues(keyless.signed(keyless.claims(first(NONCE, url)).build()));
        away(browser, ended(browser, url));
      }
    }
  }

  private static void providerAway() throws Exception {
    try (var closed = new ClosedPort();
        var other =
            TestGateway.with(
                List.of("-XX:TieredStopAtLevel=1"), flags(closed.url().toString()), "")) {
      var browser = Browser.at(other);
      away(browser, browser.get("/ui/oidc"));
      assertThat(browser.cookies()).isEmpty();
    }
  }

  private static void away(Browser browser, Answer answer) throws Exception {
    assertThat(answer.status()).as(answer.text()).isEqualTo(502);
    assertThat(answer.text()).contains("Your provider does not answer.", "href=\"/ui/oidc\"");
    assertThat(browser.isSignedIn()).isFalse();
  }

  private static String begun(Browser browser) throws Exception {
    var answer = browser.get("/ui/oidc");
    assertThat(answer.status()).as(answer.text()).isEqualTo(303);
    return answer.header("Location");
  }

  private static Answer ended(Browser browser, String url) throws Exception {
    return browser.get("/ui/oidc/callback?code=a-code&state=" + first(STATE, url));
  }

  private static String signed(JWTClaimsSet.Builder claims) throws Exception {
    return provider.signed(claims.build());
  }

  private static String shared(JWTClaimsSet.Builder claims, byte[] secret) throws Exception {
    var token = new SignedJWT(new JWSHeader(JWSAlgorithm.HS256), claims.build());
    token.sign(new MACSigner(Arrays.copyOf(secret, Math.max(32, secret.length))));
    return token.serialize();
  }

  private static Date ago(long seconds) {
    return Date.from(Instant.now().minusSeconds(seconds));
  }

  private static String first(Pattern pattern, String url) {
    var found = pattern.matcher(url);
    assertThat(found.find()).as(url).isTrue();
    return found.group(1);
  }
}
