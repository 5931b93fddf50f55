package dev.backlane.gateway.auth;

import static dev.backlane.gateway.issuer.ScriptedIssuer.keys;
import static dev.backlane.gateway.issuer.ScriptedIssuer.token;
import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import dev.backlane.engine.operation.Caller;
import dev.backlane.gateway.auth.Authentication.Authenticated;
import dev.backlane.gateway.auth.Authentication.Refused;
import dev.backlane.gateway.issuer.ScriptedIssuer;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(30)
final class JwtAuthenticatorTest {
  private static final String API = "the-api";
  private static final RSAKey KEY = key("a");
  private static final RSAKey OTHER = key("b");
  private static final long NOW = 2_000_000_000;

  @AutoClose private final ScriptedIssuer issuer = new ScriptedIssuer();
  private Instant now = Instant.ofEpochSecond(NOW);
  private final JwtAuthenticator tokens = accepting(ours(IdentityClaims.DEFAULT));

  private static RSAKey key(@Nullable String keyId) {
    try {
      return new RSAKeyGenerator(2048).keyID(keyId).generate();
    } catch (JOSEException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  @BeforeEach
  void publishTheKey() {
    issuer.on("/jwks", keys(KEY));
    issuer.on("/other", keys(OTHER));
  }

  private JwtSettings.Issuer ours(IdentityClaims claims) {
    return new JwtSettings.Issuer(
        "ours", Set.of(API, "its-other-name"), new JwtSettings.KeysAt(issuer.uri("/jwks")), claims);
  }

  private JwtAuthenticator accepting(JwtSettings.Issuer... issuers) {
    var settings =
        new JwtSettings(List.of(issuers), Set.of("RS256", "ES256"), JwtSettings.DEFAULT_TOLERANCE);
    return new JwtAuthenticator(settings, () -> now);
  }

  private static JWSHeader.Builder header(@Nullable String keyId) {
    return new JWSHeader.Builder(JWSAlgorithm.RS256)
        .type(new JOSEObjectType("at+jwt"))
        .keyID(keyId);
  }

  /// Claims of a good token, followed by further members.
  private static String claims(String more) {
    return """
    {"iss":"ours","aud":"the-api","tenant_id":"t","client_id":"c","sub":"u","exp":%d%s}\
    """
        .formatted(NOW + 3600, more);
  }

  private Authentication authenticate(JwtAuthenticator tokens, String token) {
    return tokens.authenticate("Bearer " + token);
  }

  private void assertAccepted(String token) {
    assertThat(authenticate(tokens, token)).as(token).isInstanceOf(Authenticated.class);
  }

  private void assertRefused(String token, String detail) {
    assertThat(authenticate(tokens, token))
        .isInstanceOfSatisfying(
            Refused.class,
            refused -> {
              assertThat(refused.status()).isEqualTo(401);
              assertThat(refused.detail()).contains(detail);
            });
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "at+jwt",
        "AT+JWT",
        "application/at+jwt",
        "Application/AT+JWT",
        "JWT",
        "jwt",
        "application/jwt"
      })
  void acceptsTypesOfAccessTokens(String type) {
    assertAccepted(token(KEY, header("a").type(new JOSEObjectType(type)), claims("")));
    assertAccepted(token(KEY, header("a").type(null), claims("")));
  }

  @ParameterizedTest
  @ValueSource(strings = {"id+jwt", "logout+jwt", "application/", "x/at+jwt", "at+jwt "})
  void refusesOtherTypesAndNamesThem(String type) {
    assertRefused(
        token(KEY, header("a").type(new JOSEObjectType(type)), claims("")),
        "the type (typ) in its header is '" + type + "'");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "token_use | id | false",
        "token_use | access | true",
        "token_type | Bearer | true",
        "token_type | refresh | false",
        "typ | Bearer | true",
        "typ | ID | false",
        "typ | Refresh | false",
        "type | refresh | false",
        "type | employee | true",
        "purpose | id_token | false"
      })
  void refusesTokensThatSayTheyAreOfAnotherKind(String member, String kind, boolean accepted) {
    var token = token(KEY, header("a"), claims(",\"%s\":\"%s\"".formatted(member, kind)));
    if (accepted) {
      assertAccepted(token);
    } else {
      assertRefused(token, "its " + member + " is '" + kind + "'");
    }
  }

  @Test
  void refusesOtherAlgorithmsAndCriticalParameters() {
    assertRefused(
        token(
            KEY,
            new JWSHeader.Builder(JWSAlgorithm.PS256).type(new JOSEObjectType("at+jwt")).keyID("a"),
            claims("")),
        "(alg) is 'PS256'");
    assertRefused(
        token(
            KEY,
            header("a").criticalParams(Set.of("https://x.example")).customParam("x", 1),
            claims("")),
        "crit");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "-61 | false",
        "-60 | false",
        "-59 | true",
        "0 | true",
        "0.9 | true",
      })
  void toleratesAMinuteAfterTheExpiry(String seconds, boolean accepted) {
    var exp = new BigDecimal(NOW).add(new BigDecimal(seconds));
    var token = token(KEY, header("a"), claims("").replace("" + (NOW + 3600), exp.toString()));
    if (accepted) {
      assertAccepted(token);
    } else {
      assertRefused(token, "expired (exp)");
    }
  }

  @Test
  void refusesACachedTokenOnceItHasExpired() {
    var token = token(KEY, header("a"), claims(""));
    assertAccepted(token);
    now = Instant.ofEpochSecond(NOW + 3600 + 59);
    assertAccepted(token);
    now = now.plusSeconds(1);
    assertRefused(token, "expired (exp)");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\'',
      value = {
        "\"exp\":null | no expiry",
        "\"exp\":\"2000003600\" | exp is not a number",
        "\"exp\":-1e400000000 | expired",
        "\"exp\":1e-400000000 | expired",
      })
  void refusesOddTimes(String exp, String detail) {
    assertRefused(
        token(KEY, header("a"), claims("").replace("\"exp\":" + (NOW + 3600), exp)), detail);
  }

  @Test
  void checksNotBeforeWithTheSameTolerance() {
    assertAccepted(token(KEY, header("a"), claims(",\"nbf\":" + (NOW + 60))));
    assertRefused(token(KEY, header("a"), claims(",\"nbf\":" + (NOW + 61))), "nbf");
    assertRefused(token(KEY, header("a"), claims(",\"nbf\":1e400000000")), "nbf");
  }

  @Test
  void acceptsOneOfSeveralAudiences() {
    assertAccepted(
        token(KEY, header("a"), claims("").replace("\"the-api\"", "[\"x\",\"its-other-name\"]")));
    assertRefused(
        token(KEY, header("a"), claims("").replace("\"the-api\"", "[\"x\"]")),
        "does not contain its-other-name or the-api");
    assertRefused(token(KEY, header("a"), claims("").replace("\"the-api\"", "7")), "(aud)");
  }

  @Test
  void eachIssuerHasItsOwnKeysAudiencesAndNames() {
    var second =
        new JwtSettings.Issuer(
            "second",
            Set.of("second-api"),
            new JwtSettings.KeysAt(issuer.uri("/other")),
            new IdentityClaims(
                "tid", "appid", "oid", Optional.of("fixed"), "2/", List.of("roles")));
    var both = accepting(ours(IdentityClaims.DEFAULT), second);
    var claims =
        """
        {"iss":"second","aud":"second-api","tid":"t","appid":"c","oid":"u","sub":"x",
         "roles":["r"],"exp":%d}\
        """
            .formatted(NOW + 60);

    assertThat(authenticate(both, token(KEY, header("a"), claims(""))))
        .isInstanceOfSatisfying(
            Authenticated.class,
            ours -> assertThat(ours.caller()).isEqualTo(new Caller("t", "c", "u")));
    assertThat(authenticate(both, token(OTHER, header("b"), claims)))
        .isInstanceOfSatisfying(
            Authenticated.class,
            its -> {
              assertThat(its.caller()).isEqualTo(new Caller("fixed", "2/c", "2/u"));
              assertThat(its.scopes()).containsExactly("r");
            });
    for (var crossed :
        new String[] {
          token(KEY, header("a"), claims),
          token(KEY, header("b"), claims),
          token(OTHER, header("b"), claims("")),
          token(OTHER, header("b"), claims.replace("second-api", API)),
          token(KEY, header("a"), claims("").replace("ours", "third"))
        }) {
      assertThat(authenticate(both, crossed))
          .isInstanceOfSatisfying(
              Refused.class, refused -> assertThat(refused.status()).isEqualTo(401));
    }
  }

  @Test
  void keysWithoutIdsCanBeChanged() throws Exception {
    issuer.on("/jwks", keys(key(null)));
    assertRefused(token(KEY, header(null), claims("")), "does not verify");
    issuer.on("/jwks", keys(key(null), KEY));
    assertAccepted(token(KEY, header(null), claims(",\"jti\":\"2\"")));
  }

  @Test
  void unknownKeyIdsGet503OnceTheyCannotBeLookedUp() {
    int unauthorized = 0;
    for (int i = 0; i < 30; i++) {
      var refused = (Refused) authenticate(tokens, token(OTHER, header("x" + i), claims("")));
      unauthorized += refused.status() == 401 ? 1 : 0;
      assertThat(refused.status()).isIn(401, 503);
    }
    assertThat(issuer.count("/jwks")).isEqualTo(3);
    assertThat(unauthorized).isEqualTo(2);
    assertAccepted(token(KEY, header("a"), claims("")));
  }

  @Test
  void reportsAnUnavailableIssuerWithoutCachingIt() {
    issuer.on("/jwks", (_, wire) -> wire.close());
    var token = token(KEY, header("a"), claims(""));
    assertThat(((Refused) authenticate(tokens, token)).status()).isEqualTo(503);
    issuer.on("/jwks", keys(KEY));
    assertAccepted(token);
  }

  @Test
  void oneIssuersOutageDoesNotAffectAnother() throws Exception {
    var hanging =
        new JwtSettings.Issuer(
            "hanging",
            Set.of(API),
            new JwtSettings.KeysAt(issuer.uri("/hanging")),
            IdentityClaims.DEFAULT);
    var asked = new CountDownLatch(1);
    var ended = new CountDownLatch(1);
    issuer.on(
        "/hanging",
        (_, _) -> {
          asked.countDown();
          ended.await();
        });
    var both = accepting(hanging, ours(IdentityClaims.DEFAULT));
    var waiting =
        Thread.ofVirtual()
            .start(() ->
                authenticate(both, token(KEY, header("a"), claims("").replace("ours", "hanging"))));
    try {
      asked.await();
      assertThat(authenticate(both, token(KEY, header("a"), claims(""))))
          .isInstanceOf(Authenticated.class);
    } finally {
      ended.countDown();
      waiting.join();
    }
  }
}
