package dev.backlane.gateway.issuer;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.jwk.Curve;
import com.nimbusds.jose.jwk.JWK;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.ECKeyGenerator;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jose.util.JSONObjectUtils;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class KeySetTest {
  private static final RSAKey GOOD = generated();

  private static RSAKey generated() {
    try {
      return new RSAKeyGenerator(2048).keyID("good").generate();
    } catch (JOSEException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /// The same key with another id.
  private static RSAKey rsa(@Nullable String keyId) {
    return new RSAKey.Builder(GOOD).keyID(keyId).build();
  }

  private static JWK ec(Curve curve, String keyId) throws Exception {
    return new ECKeyGenerator(curve).keyID(keyId).generate();
  }

  private static KeySet parse(String set) throws Exception {
    return KeySet.parse(set.getBytes(UTF_8));
  }

  private static String with(Map<String, Object> changes) {
    var members = GOOD.toPublicJWK().toJSONObject();
    members.put("kid", "odd");
    members.putAll(changes);
    return JSONObjectUtils.toJSONString(members);
  }

  /// Keys that are no usable ones, each with a part of the reason.
  private static Map<String, String> oddKeys() throws Exception {
    byte[] modulus = new byte[128];
    Arrays.fill(modulus, (byte) 0xc3);
    var small = Base64.getUrlEncoder().withoutPadding().encodeToString(modulus);
    return Map.ofEntries(
        Map.entry("7", "not an object"),
        Map.entry("null", "not an object"),
        Map.entry("{}", "malformed"),
        Map.entry(with(Map.of("kty", "LMS")), "malformed"),
        Map.entry(with(Map.of("kty", 7)), "kty is not a text"),
        Map.entry(with(Map.of("kid", 7)), "kid is not a text"),
        Map.entry(with(Map.of("n", "%%%")), ""),
        Map.entry(with(Map.of("n", "")), ""),
        Map.entry(with(Map.of("n", small)), "fewer than 2048"),
        Map.entry(with(Map.of("e", "")), ""),
        Map.entry(with(Map.of("e", "AQ")), ""),
        Map.entry(with(Map.of("d", "AQAB")), "secret members"),
        Map.entry(rsa("private").toJSONString(), "secret members"),
        Map.entry("{\"kty\":\"oct\",\"k\":\"c2VjcmV0\"}", "secret members"),
        Map.entry(with(Map.of("use", "enc")), "use is enc"),
        Map.entry(with(Map.of("use", 1)), "use is not a text"),
        Map.entry(with(Map.of("key_ops", Collections.singletonList("encrypt"))), "key_ops"),
        Map.entry(with(Map.of("key_ops", 7)), "key_ops"),
        Map.entry(with(Map.of("alg", "RSA-OAEP")), "alg is RSA-OAEP"),
        Map.entry("{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AQ\",\"y\":\"AQ\"}", "malformed"),
        Map.entry("{\"kty\":\"EC\",\"crv\":\"P-1\",\"x\":\"AQ\",\"y\":\"AQ\"}", ""),
        Map.entry("{\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"x\":\"AQ\"}", "its type is OKP"));
  }

  @Test
  void oneOddKeyDoesNotSpoilTheSet() throws Exception {
    var good = GOOD.toPublicJWK().toJSONString();
    for (var odd : oddKeys().entrySet()) {
      for (var set : new String[] {odd.getKey() + "," + good, good + "," + odd.getKey()}) {
        var keys = parse("{\"keys\":[" + set + "]}");
        assertThat(keys.candidates(JWSAlgorithm.RS256, "good")).as(odd.getKey()).hasSize(1);
        assertThat(keys.passedOver())
            .singleElement()
            .asString()
            .as(odd.getKey())
            .contains(odd.getValue());
      }
    }
  }

  @Test
  void aSetOfOddKeysIsUnusableAndSaysWhy() throws Exception {
    for (var odd : oddKeys().entrySet()) {
      assertThatThrownBy(() -> parse("{\"keys\":[" + odd.getKey() + "]}"))
          .as(odd.getKey())
          .isInstanceOf(KeySet.UnusableException.class)
          .hasMessageContaining("has no usable key (key 1")
          .hasMessageContaining(odd.getValue());
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'' | is not JSON: it is empty",
        "<html>Sign in</html> | is not JSON: it is HTML or XML",
        "{\"keys\":[ | is not JSON",
        "[] | has no array 'keys'",
        "null | has no array 'keys'",
        "{} | has no array 'keys'",
        "{\"keys\":{}} | has no array 'keys'",
        "{\"keys\":[]} | has no keys"
      })
  void anotherDocumentIsUnusableAndSaysWhy(String document, String reason) {
    assertThatThrownBy(() -> parse(document))
        .isInstanceOf(KeySet.UnusableException.class)
        .hasMessageContaining(reason);
  }

  @Test
  void unusedMembersOfAKeyDoNotMatter() throws Exception {
    var set = with(Map.of("x5c", "no list", "x5t", 7, "exp", "never", "ext", "yes"));
    assertThat(parse("{\"keys\":[" + set + "]}").candidates(JWSAlgorithm.RS256, "odd")).hasSize(1);
  }

  @Test
  void triesAllKeysWithTheIdOrWithoutOne() throws Exception {
    var keys =
        parse(ScriptedIssuer.keys(rsa("a"), rsa("a"), rsa("b"), rsa(null), ec(Curve.P_256, "a")));
    assertThat(keys.candidates(JWSAlgorithm.RS256, "a")).hasSize(3);
    assertThat(keys.candidates(JWSAlgorithm.RS256, null)).hasSize(4);
    assertThat(keys.candidates(JWSAlgorithm.RS256, "unknown")).hasSize(1);
    assertThat(keys.candidates(JWSAlgorithm.ES256, "a")).hasSize(1);
    assertThat(keys.candidates(JWSAlgorithm.ES384, "a")).as("another curve").isEmpty();
    assertThat(keys.has("b")).isTrue();
    assertThat(keys.has(null)).isFalse();
  }

  @Test
  void readsAndTriesABoundedNumberOfKeys() throws Exception {
    var many = new JWK[KeySet.KEYS_MAX + 1];
    Arrays.fill(many, GOOD);
    var keys = parse(ScriptedIssuer.keys(many));
    assertThat(keys.count(Set.of("RS256"))).isEqualTo(KeySet.KEYS_MAX);
    assertThat(keys.candidates(JWSAlgorithm.RS256, "good")).hasSize(KeySet.CANDIDATES_MAX);
    assertThat(keys.passedOver()).singleElement().asString().contains("more than");
  }
}
