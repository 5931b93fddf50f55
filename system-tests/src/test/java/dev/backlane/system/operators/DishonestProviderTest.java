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
import dev.backlane.system.support.Http.Response;
import dev.backlane.system.support.TestGateway;
import java.time.Instant;
import java.util.Arrays;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Forged, foreign, broken and missing responses of an OpenID Connect provider sign no user in.
@Timeout(60)
public final class DishonestProviderTest {
  private static final Pattern STATE = Pattern.compile("[?&]state=([^&]+)");
  private static final Pattern NONCE = Pattern.compile("[?&]nonce=([^&]+)");

  @AutoClose private static final ScriptedProvider provider = new ScriptedProvider();

  private static final List<String> TWO = List.of(ScriptedProvider.CLIENT_ID, "another-client");

  @RegisterExtension static final TestGateway gateway = at(provider);

  @RegisterExtension
  static final TestGateway byGroup =
      withFlags(
          List.of(
              "--admin.oidc-issuer=" + provider.issuer(),
              "--admin.oidc-client-id=" + ScriptedProvider.CLIENT_ID,
              "--admin.oidc-client-secret=" + ScriptedProvider.CLIENT_SECRET,
              "--admin.oidc-claim=groups",
              "--admin.oidc-values=ops,true,1"));

  /// Creates the provider's response from good claims.
  @FunctionalInterface
  interface Token {
    String of(JWTClaimsSet.Builder claims) throws Exception;
  }

  private static TestGateway at(ScriptedProvider provider) {
    return withFlags(ScriptedProvider.signInFlags(provider.issuer().toString()));
  }

  private static TestGateway withFlags(List<String> flags) {
    return TestGateway.with("").jvmOptions("-XX:TieredStopAtLevel=1").flags(flags);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("badTokens")
  @DisplayName("a bad ID token signs no user in")
  void refusesBadToken(Token token) throws Exception {
    var browser = Browser.at(gateway);
    var url = begun(browser);
    provider.issues(token.of(provider.claims(first(NONCE, url))));
    var ended = ended(browser, url);
    assertThat(ended.status()).as(ended.text()).isEqualTo(403);
    assertThat(browser.isSignedIn()).isFalse();
  }

  static Stream<Arguments> badTokens() {
    return Stream.of(
        token("a forged signature", claims -> provider.forged(claims.build())),
        token("no signature", claims -> new PlainJWT(claims.build()).serialize()),
        token(
            "the client's secret as its key",
            claims -> shared(claims, ScriptedProvider.CLIENT_SECRET.getBytes(UTF_8))),
        token("the public key as a shared secret", claims -> shared(claims, provider.publicKey())),
        token("another nonce", claims -> signed(claims.claim("nonce", "another"))),
        token("no nonce", claims -> signed(claims.claim("nonce", null))),
        token("another audience", claims -> signed(claims.audience("another-client"))),
        token("another issuer", claims -> signed(claims.issuer("http://127.0.0.1:9"))),
        token("expired", claims -> signed(claims.expirationTime(ago(120)))),
        token("issued in the future", claims -> signed(claims.issueTime(ago(-600)))),
        token("another user", claims -> signed(claims.claim("email", "kari@example.com"))),
        token("no operator claim", claims -> signed(claims.claim("email", null))),
        token("an unverified address", claims -> signed(claims.claim("email_verified", false))),
        token("no email_verified", claims -> signed(claims.claim("email_verified", null))),
        token("email_verified 0", claims -> signed(claims.claim("email_verified", 0))),
        token("email_verified 1", claims -> signed(claims.claim("email_verified", 1))),
        token("a text as email_verified", claims -> signed(claims.claim("email_verified", "true"))),
        token(
            "a list as email_verified",
            claims -> signed(claims.claim("email_verified", List.of(true)))),
        token(
            "a list as the address",
            claims -> signed(claims.claim("email", List.of("ola@example.com")))),
        token(
            "a map as the address",
            claims -> signed(claims.claim("email", Map.of("ola@example.com", true)))),
        token(
            "two audiences and azp of another client",
            claims -> signed(claims.audience(TWO).claim("azp", "another-client"))),
        token("two audiences and no azp", claims -> signed(claims.audience(TWO))),
        token(
            "one audience and azp of another client",
            claims -> signed(claims.claim("azp", "another-client"))),
        token(
            "a list as azp",
            claims -> signed(claims.claim("azp", List.of(ScriptedProvider.CLIENT_ID)))),
        token("an empty azp", claims -> signed(claims.claim("azp", ""))),
        token("no audience", claims -> signed(claims.claim("aud", null))),
        token("no subject", claims -> signed(claims.subject(null))),
        token("an empty subject", claims -> signed(claims.subject(""))),
        token("no issuer", claims -> signed(claims.issuer(null))),
        token("no expiry", claims -> signed(claims.expirationTime(null))),
        token("a text as expiry", claims -> signed(claims.claim("exp", "tomorrow"))),
        token("no time of issue", claims -> signed(claims.issueTime(null))),
        token("not valid yet", claims -> signed(claims.notBeforeTime(ago(-600)))));
  }

  private static Arguments token(String what, Token token) {
    return Arguments.argumentSet(what, token);
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(
      strings = {
        "{\"access_token\":\"a\",\"token_type\":\"Bearer\"}",
        "<html>",
        "{\"access_token\":\"a\",\"token_type\":\"Bearer\",\"id_token\":\"x\"}"
      })
  @DisplayName(
      "a token response without an ID token, without JSON or with an invalid ID token signs no user in")
  void refusesBrokenTokenResponse(String json) throws Exception {
    broken(json);
  }

  @Test
  @DisplayName("a provider that closes the connection is reported as unavailable")
  void reportsBrokenConnection() throws Exception {
    var browser = Browser.at(gateway);
    var query = begun(browser);
    provider.breaksConnection();
    assertUnavailable(browser, ended(browser, query));
  }

  @Test
  @DisplayName("an ID token for two audiences that azp says was issued to this client signs in")
  void acceptsTwoAudiencesWithAzp() throws Exception {
    var browser = Browser.at(gateway);
    var url = begun(browser);
    var claims = provider.claims(first(NONCE, url)).audience(TWO);
    provider.issues(signed(claims.claim("azp", ScriptedProvider.CLIENT_ID)));
    assertThat(ended(browser, url).status()).isEqualTo(303);
    assertThat(browser.isSignedIn()).isTrue();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("otherClaims")
  @DisplayName("another claim than email identifies operators by texts only")
  void readsTextsOfAnotherClaim(Object claim, int status) throws Exception {
    var browser = Browser.at(byGroup);
    var url = begun(browser);
    provider.issues(
        signed(
            provider
                .claims(first(NONCE, url))
                .claim("email", List.of("ola@example.com"))
                .claim("groups", claim)));
    assertThat(ended(browser, url).status()).isEqualTo(status);
    assertThat(browser.isSignedIn()).isEqualTo(status == 303);
    if (browser.isSignedIn()) {
      assertThat(browser.get("/ui").text()).contains("<span>user-1</span>");
    }
  }

  static Stream<Arguments> otherClaims() {
    return Stream.of(
        Arguments.of("ops", 303),
        Arguments.of(List.of("dev", "ops"), 303),
        Arguments.of(List.of(List.of("ops")), 403),
        Arguments.of(Map.of("ops", true), 403),
        Arguments.of(List.of(), 403),
        Arguments.of(true, 403),
        Arguments.of(1, 403));
  }

  @Test
  @DisplayName("a good ID token signs in")
  void signsInWithGoodToken() throws Exception {
    var browser = Browser.at(gateway);
    var url = begun(browser);
    provider.issues(signed(provider.claims(first(NONCE, url))));
    assertThat(ended(browser, url).status()).isEqualTo(303);
    assertThat(browser.isSignedIn()).isTrue();
    var request = new String(provider.codes().getLast().body(), UTF_8);
    assertThat(request).contains("code_verifier=", "code=a-code").doesNotContain("client_secret");
  }

  private static void broken(String json) throws Exception {
    var browser = Browser.at(gateway);
    var url = begun(browser);
    provider.respondsToCodesWith(json);
    assertUnavailable(browser, ended(browser, url));
  }

  @Test
  @DisplayName("a provider whose keys are unavailable is reported as unavailable")
  void reportsUnavailableKeys() throws Exception {
    try (var closed = new ClosedPort();
        var keyless = new ScriptedProvider()) {
      keyless.publishesKeysAt(closed.url() + "/jwks");
      try (var other = at(keyless).start()) {
        var browser = Browser.at(other);
        var url = begun(browser);
        keyless.issues(keyless.signed(keyless.claims(first(NONCE, url)).build()));
        assertUnavailable(browser, ended(browser, url));
      }
    }
  }

  @Test
  @DisplayName("an unavailable provider is reported as unavailable")
  void reportsUnavailableProvider() throws Exception {
    try (var closed = new ClosedPort();
        var other = withFlags(ScriptedProvider.signInFlags(closed.url().toString())).start()) {
      var browser = Browser.at(other);
      assertUnavailable(browser, browser.get("/ui/oidc"));
      assertThat(browser.cookies()).isEmpty();
    }
  }

  private static void assertUnavailable(Browser browser, Response response) throws Exception {
    assertThat(response.status()).as(response.text()).isEqualTo(502);
    assertThat(response.text()).contains("Your provider does not respond.", "href=\"/ui/oidc\"");
    assertThat(browser.isSignedIn()).isFalse();
  }

  private static String begun(Browser browser) throws Exception {
    var response = browser.get("/ui/oidc");
    assertThat(response.status()).as(response.text()).isEqualTo(303);
    return response.header("Location");
  }

  private static Response ended(Browser browser, String url) throws Exception {
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
