package dev.backlane.gateway.credentials;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.PlainJWT;
import dev.backlane.engine.operation.Header;
import dev.backlane.gateway.credentials.CallerTokenCheck.Use;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class CallerTokenCheckTest {
  private static final Instant NOW = Instant.ofEpochSecond(2_000_000_000);
  private static final List<Header> OPAQUE = bearer("opaque");

  private static List<Header> bearer(String token) {
    return List.of(new Header("Cookie", "a=b"), new Header("Authorization", "Bearer " + token));
  }

  private static List<Header> jwt(Instant expiry) {
    var claims = new JWTClaimsSet.Builder().expirationTime(Date.from(expiry)).build();
    return bearer(new PlainJWT(claims).serialize());
  }

  private static boolean refuses(Use use, List<Header> credentials, Instant expiresAt) {
    var check = new CallerTokenCheck(use, () -> NOW);
    return check.obstacle(check.read(credentials, expiresAt)).isPresent();
  }

  @ParameterizedTest
  @EnumSource(names = {"FORWARDED", "EXCHANGED"})
  void refusesATokenThatHasExpired(Use use) {
    assertThat(refuses(use, OPAQUE, NOW)).isTrue();
    assertThat(refuses(use, OPAQUE, NOW.plusSeconds(1))).isFalse();
    assertThat(refuses(use, OPAQUE, Instant.MAX)).isFalse();
    assertThat(refuses(use, jwt(NOW), Instant.MAX)).isTrue();
    assertThat(refuses(use, jwt(NOW.plusSeconds(1)), Instant.MAX)).isFalse();
    assertThat(refuses(use, jwt(NOW.plusSeconds(9)), NOW.minusSeconds(1))).isTrue();
  }

  @Test
  void aTokenThatIsNotSentMayHaveExpired() {
    assertThat(refuses(Use.NONE, jwt(NOW), NOW)).isFalse();
    assertThat(refuses(Use.NONE, List.of(), Instant.MAX)).isFalse();
  }

  @Test
  void onlyAnExchangeNeedsAToken() {
    var basic = List.of(new Header("Authorization", "Basic eA=="));
    assertThat(refuses(Use.EXCHANGED, List.of(), Instant.MAX)).isTrue();
    assertThat(refuses(Use.EXCHANGED, basic, Instant.MAX)).isTrue();
    assertThat(refuses(Use.FORWARDED, List.of(), Instant.MAX)).isFalse();
    assertThat(refuses(Use.FORWARDED, basic, Instant.MAX)).isFalse();
  }
}
