package dev.backlane.gateway.auth;

import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.proc.BadJWTException;
import com.nimbusds.jwt.proc.JWTClaimsSetVerifier;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Date;
import org.jspecify.annotations.Nullable;

/// Checks the registered claims of a token whose signature is valid against the settings
/// (RFC 7519 section 4.1). Its exceptions' messages are written for the client's developer.
final class TokenRules implements JWTClaimsSetVerifier<SecurityContext> {
  /// The tolerated difference between the issuer's clock and ours.
  static final Duration CLOCK_SKEW = Duration.ofSeconds(60);

  private final String issuer;
  private final String audience;
  private final InstantSource clock;

  TokenRules(String issuer, String audience, InstantSource clock) {
    this.issuer = issuer;
    this.audience = audience;
    this.clock = clock;
  }

  @Override
  public void verify(JWTClaimsSet claims, @Nullable SecurityContext context)
      throws BadJWTException {
    if (!issuer.equals(claims.getIssuer())) {
      throw new BadJWTException("The token's issuer (iss) is not " + issuer + ".");
    }
    if (!claims.getAudience().contains(audience)) {
      throw new BadJWTException("The token's audience (aud) does not contain " + audience + ".");
    }
    Instant now = clock.instant();
    Date expires = claims.getExpirationTime();
    if (expires == null) {
      throw new BadJWTException("The token has no expiry time (exp).");
    }
    if (!now.isBefore(expires.toInstant().plus(CLOCK_SKEW))) {
      throw new BadJWTException("The token has expired (exp).");
    }
    Date notBefore = claims.getNotBeforeTime();
    if (notBefore != null && now.isBefore(notBefore.toInstant().minus(CLOCK_SKEW))) {
      throw new BadJWTException("The token is not valid yet (nbf).");
    }
  }
}
