package dev.backlane.gateway.credentials;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Base64;
import java.util.Date;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class CallerTokenTest {
  private static final Instant EXPIRY = Instant.ofEpochSecond(1_800_000_000);

  private static String token(String claims) {
    var encoder = Base64.getUrlEncoder().withoutPadding();
    return encoder.encodeToString("{\"alg\":\"RS256\"}".getBytes(StandardCharsets.UTF_8))
        + '.'
        + encoder.encodeToString(claims.getBytes(StandardCharsets.UTF_8))
        + ".c2lnbmF0dXJl";
  }

  @Test
  void readsTheExpiryOfASignedToken() throws JOSEException {
    var claims =
        new JWTClaimsSet.Builder()
            .subject("user æ")
            .audience(List.of("a", "b"))
            .claim("nested", Map.of("exp", 1, "list", List.of(Map.of("exp", 2))))
            .expirationTime(Date.from(EXPIRY))
            .build();
    var token = new SignedJWT(new JWSHeader(JWSAlgorithm.HS256), claims);
    token.sign(new MACSigner(new byte[32]));
    assertThat(CallerToken.expiry(token.serialize())).contains(EXPIRY);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"exp\":1800000000}",
        "{\"exp\":1800000000.9,\"other\":{\"exp\":3}}",
        "{\"list\":[1,{\"exp\":4}],\"exp\":1800000000}"
      })
  void readsTheExpiryOfClaims(String claims) {
    assertThat(CallerToken.expiry(token(claims))).contains(EXPIRY);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{\"exp\":\"1800000000\"}",
        "{\"exp\":null}",
        "{\"exp\":1e300}",
        "{\"exp\":9223372036854775807}",
        "{\"exp\":1800000000",
        "[1800000000]",
        "17",
        "",
        "{\"nested\":{\"exp\":1800000000}}"
      })
  void knowsNoExpiryOfOtherClaims(String claims) {
    assertThat(CallerToken.expiry(token(claims))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "opaque", "a.b", "a.b.c", "a.*.c", "..", "a.e30.c.d.e", "a.e30.c.d"})
  void knowsNoExpiryOfOpaqueTokens(String token) {
    assertThat(CallerToken.expiry(token)).isEmpty();
  }
}
