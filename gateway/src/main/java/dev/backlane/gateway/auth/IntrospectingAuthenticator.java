package dev.backlane.gateway.auth;

import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.proc.BadJWTException;
import com.nimbusds.oauth2.sdk.ParseException;
import com.nimbusds.oauth2.sdk.TokenIntrospectionRequest;
import com.nimbusds.oauth2.sdk.TokenIntrospectionResponse;
import com.nimbusds.oauth2.sdk.auth.ClientSecretBasic;
import com.nimbusds.oauth2.sdk.auth.Secret;
import com.nimbusds.oauth2.sdk.id.ClientID;
import com.nimbusds.oauth2.sdk.token.BearerAccessToken;
import dev.backlane.gateway.auth.Authentication.Authenticated;
import dev.backlane.gateway.auth.Authentication.Refused;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Authenticates opaque tokens by introspection at their issuer (RFC 7662). A valid token is cached
/// for a minute, so that a revoked one is refused soon. While the issuer is unavailable the
/// response is 503. Thread-safe.
public final class IntrospectingAuthenticator implements Authenticator {
  private static final Logger LOG = LoggerFactory.getLogger(IntrospectingAuthenticator.class);
  private static final Duration REMEMBERED_FOR = Duration.ofMinutes(1);

  private final IntrospectionSettings settings;
  private final CallerClaims callerClaims;
  private final BearerTokens tokens;
  private final IssuerClient client = new IssuerClient();

  public IntrospectingAuthenticator(IntrospectionSettings settings, InstantSource clock) {
    this.settings = settings;
    this.callerClaims = new CallerClaims(settings.claims());
    this.tokens = new BearerTokens(this::ask, REMEMBERED_FOR, clock);
  }

  @Override
  public Authentication authenticate(@Nullable String authorizationHeader) {
    return tokens.authenticate(authorizationHeader);
  }

  private Authentication ask(String token) {
    try {
      var self =
          new ClientSecretBasic(
              new ClientID(settings.clientId()), new Secret(settings.clientSecret()));
      var request =
          new TokenIntrospectionRequest(settings.url(), self, new BearerAccessToken(token))
              .toHTTPRequest();
      var response = TokenIntrospectionResponse.parse(request.send(client));
      if (!response.indicatesSuccess()) {
        LOG.warn(
            "introspection at {} failed: {}",
            settings.url(),
            response.toErrorResponse().getErrorObject().getCode());
        return Refused.keysUnavailable();
      }
      var introspection = response.toSuccessResponse();
      return introspection.isActive()
          ? caller(JWTClaimsSet.parse(introspection.toJSONObject()))
          : Refused.invalidToken("The token is not active: it expired, was revoked or is unknown.");
    } catch (BadJWTException unfit) {
      return Refused.invalidToken(String.valueOf(unfit.getMessage()));
    } catch (IOException | ParseException | java.text.ParseException away) {
      LOG.warn("introspection endpoint {} is unavailable: {}", settings.url(), away.getMessage());
      return Refused.keysUnavailable();
    }
  }

  private Authentication caller(JWTClaimsSet claims) throws BadJWTException {
    if (!settings.audience().isEmpty() && !claims.getAudience().contains(settings.audience())) {
      throw new BadJWTException(
          "The token's audience (aud) does not contain " + settings.audience() + ".");
    }
    var expires = claims.getExpirationTime();
    return new Authenticated(
        callerClaims.caller(claims),
        CallerClaims.scopes(claims),
        expires == null ? Instant.MAX.minus(TokenRules.CLOCK_SKEW) : expires.toInstant());
  }
}
