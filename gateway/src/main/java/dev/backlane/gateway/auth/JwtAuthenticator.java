package dev.backlane.gateway.auth;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.KeySourceException;
import com.nimbusds.jose.jwk.source.JWKSource;
import com.nimbusds.jose.proc.BadJOSEException;
import com.nimbusds.jose.proc.BadJWSException;
import com.nimbusds.jose.proc.DefaultJOSEObjectTypeVerifier;
import com.nimbusds.jose.proc.JWSVerificationKeySelector;
import com.nimbusds.jose.proc.SecurityContext;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.proc.BadJWTException;
import com.nimbusds.jwt.proc.DefaultJWTProcessor;
import dev.backlane.engine.operation.Caller;
import dev.backlane.gateway.auth.Authentication.Authenticated;
import dev.backlane.gateway.auth.Authentication.Refused;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Authenticates by OAuth2 bearer tokens that are signed JWTs (RFC 9068, and older formats that are
/// less strict).
///
/// Signature, issuer, audience and lifetime are verified. The keys are fetched when first needed,
/// refreshed in the background, fetched again for an unknown key id (at most twice in 5 s), and
/// used for up to 4 h while their issuer is unavailable. Without keys, and for a key id that cannot
/// be looked up now, the response is 503. A verified token is cached as long as the keys (5 min),
/// so the usual request costs a digest and a look-up. Thread-safe.
public final class JwtAuthenticator implements Authenticator, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(JwtAuthenticator.class);

  /// How long after a failed fetch an unknown key id may be a new key, 1 min: fetches are retried
  /// far more often.
  private static final Duration OUTAGE_COUNTS_FOR = Duration.ofMinutes(1);

  private static final JOSEObjectType ACCESS_TOKEN = new JOSEObjectType("at+jwt");

  private final JWKSource<SecurityContext> keys;
  private final DefaultJWTProcessor<SecurityContext> processor;
  private final CallerClaims callerClaims;
  private final BearerTokens tokens;
  private final InstantSource clock;

  /// When the last failed fetch of keys was.
  private volatile Instant outageAt = Instant.EPOCH;

  /// Creates an authenticator; keys are fetched when the first token is verified.
  public JwtAuthenticator(JwtSettings settings, InstantSource clock) {
    this.clock = clock;
    tokens = new BearerTokens(this::verify, IssuerKeys.FRESH_FOR, clock);
    keys = IssuerKeys.from(settings.keys(), () -> outageAt = clock.instant());
    processor = new DefaultJWTProcessor<>();
    processor.setJWSTypeVerifier(
        new DefaultJOSEObjectTypeVerifier<>(ACCESS_TOKEN, JOSEObjectType.JWT, null));
    processor.setJWSKeySelector(
        new JWSVerificationKeySelector<>(
            settings.algorithms().stream().map(JWSAlgorithm::parse).collect(Collectors.toSet()),
            keys));
    processor.setJWTClaimsSetVerifier(
        new TokenRules(settings.issuer(), settings.audience(), clock));
    callerClaims = new CallerClaims(settings.claims());
  }

  @Override
  public Authentication authenticate(@Nullable String authorizationHeader) {
    return tokens.authenticate(authorizationHeader);
  }

  private Authentication verify(String token) {
    try {
      JWTClaimsSet claims = processor.process(token, null);
      Caller caller = callerClaims.caller(claims);
      Instant expiresAt = claims.getExpirationTime().toInstant();
      return new Authenticated(caller, CallerClaims.scopes(claims), expiresAt);
    } catch (ParseException malformed) {
      return Refused.invalidToken("The token is not a well-formed JWT.");
    } catch (BadJWSException forged) {
      return Refused.invalidToken("The token's signature does not verify.");
    } catch (BadJWTException unfit) {
      return Refused.invalidToken(String.valueOf(unfit.getMessage()));
    } catch (BadJOSEException unknown) {
      if (clock.instant().isBefore(outageAt.plus(OUTAGE_COUNTS_FOR))) {
        // Its key may be new, and cannot be fetched now.
        return Refused.keysUnavailable();
      }
      return Refused.invalidToken(
          "The token is not signed with an allowed algorithm and a key of its issuer.");
    } catch (KeySourceException away) {
      LOG.warn("token verification is unavailable: {}", away.toString());
      return Refused.keysUnavailable();
    } catch (JOSEException unusable) {
      LOG.warn("a published key cannot be used: {}", unusable.toString());
      return Refused.invalidToken("The token's signature cannot be verified.");
    }
  }

  /// Stops fetching keys.
  @Override
  public void close() {
    if (keys instanceof Closeable closeable) {
      try {
        closeable.close();
      } catch (IOException failed) {
        throw new UncheckedIOException(failed);
      }
    }
  }
}
