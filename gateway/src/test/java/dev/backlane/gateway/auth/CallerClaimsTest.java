package dev.backlane.gateway.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.proc.BadJWTException;
import dev.backlane.engine.operation.Caller;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class CallerClaimsTest {
  private final CallerClaims claims = new CallerClaims(JwtSettings.Claims.DEFAULT);

  private static JWTClaimsSet.Builder token() {
    return new JWTClaimsSet.Builder()
        .claim("tenant_id", "tenant")
        .claim("client_id", "client")
        .subject("user");
  }

  @ParameterizedTest
  @ValueSource(strings = {"tenant_id", "client_id", "sub"})
  void refusesALongName(String claim) throws Exception {
    var longest = "x".repeat(CallerClaims.NAME_CHARS_MAX);
    assertThat(claims.caller(token().claim(claim, longest).build()).toString()).contains(longest);
    assertThatThrownBy(() -> claims.caller(token().claim(claim, longest + "x").build()))
        .isInstanceOf(BadJWTException.class)
        .hasMessage("The token's claim " + claim + " has 256 characters; at most 255 are allowed.");
  }

  @ParameterizedTest
  @ValueSource(strings = {"tenant_id", "client_id", "sub", "azp"})
  void refusesANameThatCannotBeStored(String claim) {
    for (var name : new String[] {"a\0b", "a\nb", "a\ud800b", "a\u0085b"}) {
      var token = token().claim("azp".equals(claim) ? "client_id" : claim, null).claim(claim, name);
      assertThatThrownBy(() -> claims.caller(token.build()))
          .isInstanceOf(BadJWTException.class)
          .hasMessageContaining("The token's claim " + claim + " has control characters");
    }
  }

  @Test
  void readsNamesOutsideAscii() throws Exception {
    assertThat(claims.caller(token().claim("tenant_id", "Ærø 😀").build()))
        .isEqualTo(new Caller("Ærø 😀", "client", "user"));
  }
}
