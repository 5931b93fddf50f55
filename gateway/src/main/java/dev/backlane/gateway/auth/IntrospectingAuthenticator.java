package dev.backlane.gateway.auth;

import com.nimbusds.oauth2.sdk.auth.ClientSecretBasic;
import com.nimbusds.oauth2.sdk.auth.Secret;
import com.nimbusds.oauth2.sdk.id.ClientID;
import dev.backlane.gateway.auth.Authentication.Authenticated;
import dev.backlane.gateway.auth.Authentication.Refused;
import dev.backlane.gateway.issuer.IssuerClient;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Authenticates opaque tokens by introspection at their issuer (RFC 7662). Audience, issuer, kind
/// and lifetime in the response are checked as those of a JWT.
///
/// A valid token is cached for a minute, so that a revoked one is refused soon; an invalid one for
/// 10 s. A token that several requests bring at once is introspected once, and the requests at the
/// same time are limited. While the issuer is unavailable the response is 503, which is not cached.
/// Thread-safe.
public final class IntrospectingAuthenticator implements Authenticator {
  private static final Logger LOG = LoggerFactory.getLogger(IntrospectingAuthenticator.class);
  private static final Duration REMEMBERED_FOR = Duration.ofMinutes(1);
  private static final Duration INVALID_FOR = Duration.ofSeconds(10);

  /// How long a request waits for one of the permits.
  private static final Duration PERMIT_WAIT_MAX = Duration.ofSeconds(5);

  /// Failures are logged at most this often: any client can cause one with each request.
  private static final Duration LOG_INTERVAL = Duration.ofSeconds(10);

  private final IntrospectionSettings settings;
  private final CallerClaims callerClaims;
  private final TokenRules rules;
  private final BearerTokens tokens;
  private final IssuerClient client;
  private final Semaphore permits;
  private final AtomicLong loggedAtNanos =
      new AtomicLong(System.nanoTime() - LOG_INTERVAL.toNanos());

  /// @param tls keys and trusted authorities in connections to the issuer
  public IntrospectingAuthenticator(
      IntrospectionSettings settings, Supplier<SSLContext> tls, InstantSource clock) {
    var expected = settings.expected();
    this.settings = settings;
    this.callerClaims = new CallerClaims(expected.claims());
    this.rules = new TokenRules(expected.audiences(), expected.tolerance(), clock);
    this.tokens =
        new BearerTokens(
            this::introspect,
            new VerifiedTokens(REMEMBERED_FOR, INVALID_FOR, expected.tolerance()),
            clock);
    this.client = new IssuerClient(tls);
    this.permits = new Semaphore(settings.concurrency(), true);
  }

  @Override
  public Authentication authenticate(@Nullable String authorizationHeader) {
    return tokens.authenticate(authorizationHeader);
  }

  private Authentication introspect(String token) {
    try {
      if (!permits.tryAcquire(PERMIT_WAIT_MAX.toMillis(), TimeUnit.MILLISECONDS)) {
        warn("more than " + settings.concurrency() + " tokens are being introspected");
        return Refused.issuerUnavailable();
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      return Refused.issuerUnavailable();
    }
    try {
      return judged(ask(token));
    } catch (IOException away) {
      warn(String.valueOf(away.getMessage()));
      return Refused.issuerUnavailable();
    } finally {
      permits.release();
    }
  }

  private TokenClaims ask(String token) throws IOException {
    var self =
        new ClientSecretBasic(
            new ClientID(settings.clientId()), new Secret(settings.clientSecret()));
    var form =
        "token="
            + URLEncoder.encode(token, StandardCharsets.UTF_8)
            + "&token_type_hint=access_token";
    byte[] response = client.post(settings.url(), self.toHTTPAuthorizationHeader(), form);
    try {
      return TokenClaims.parse(response);
    } catch (InvalidTokenException malformed) {
      throw new IOException(settings.url() + " did not respond with a JSON object", malformed);
    }
  }

  private Authentication judged(TokenClaims response) throws IOException {
    if (!(response.find("active").orElse("") instanceof Boolean active)) {
      throw new IOException(settings.url() + " responded without the boolean member 'active'");
    }
    if (!active) {
      return Refused.invalidToken(
          "The token is not active: it expired, was revoked or is unknown.");
    }
    try {
      requireIssuer(response);
      Instant expiry = rules.check(response).orElse(Instant.MAX);
      return new Authenticated(
          callerClaims.caller(response), callerClaims.scopes(response), expiry);
    } catch (InvalidTokenException invalid) {
      return Refused.invalidToken(invalid.detail());
    }
  }

  private void requireIssuer(TokenClaims response) throws InvalidTokenException {
    var expected = settings.expected().issuer();
    var named = response.text("iss");
    if (expected.isPresent() && named.isPresent() && !named.equals(expected)) {
      throw new InvalidTokenException("The token's issuer (iss) is not " + expected.get() + ".");
    }
  }

  private void warn(String why) {
    long now = System.nanoTime();
    long last = loggedAtNanos.get();
    if (now - last >= LOG_INTERVAL.toNanos() && loggedAtNanos.compareAndSet(last, now)) {
      LOG.warn("tokens cannot be introspected, and get 503: {}", why);
    }
  }
}
