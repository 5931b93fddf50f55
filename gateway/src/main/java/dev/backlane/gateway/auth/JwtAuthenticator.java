package dev.backlane.gateway.auth;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.JWSObject;
import com.nimbusds.jose.crypto.factories.DefaultJWSVerifierFactory;
import dev.backlane.gateway.auth.Authentication.Authenticated;
import dev.backlane.gateway.auth.Authentication.Refused;
import dev.backlane.gateway.issuer.FetchedKeys;
import dev.backlane.gateway.issuer.IssuerClient;
import dev.backlane.gateway.issuer.KeyFile;
import dev.backlane.gateway.issuer.KeySet;
import dev.backlane.gateway.issuer.KeySource;
import dev.backlane.gateway.issuer.KeysUnavailableException;
import dev.backlane.gateway.upstream.UpstreamClient;
import java.security.PublicKey;
import java.text.ParseException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/// Authenticates by OAuth2 bearer tokens that are signed JWTs (RFC 9068, and older formats that are
/// less strict).
///
/// Type, algorithm, issuer, signature, audience, kind and lifetime are verified. [FetchedKeys]
/// explains when keys are fetched. Without keys, and for a key id that cannot be looked up now, the
/// response is 503. A verified token is cached as long as the keys (5 min), so the usual request
/// costs a digest and a look-up. Thread-safe.
public final class JwtAuthenticator implements Authenticator {
  /// A key that its issuer revoked is not accepted for longer.
  private static final Duration REMEMBERED_FOR = Duration.ofMinutes(5);

  /// The `typ` of access tokens in lower case, without `application/` (RFC 9068 section 2.1, RFC
  /// 7515 section 4.1.9). Older issuers write `JWT`, or none.
  private static final Set<String> TYPES = Set.of("at+jwt", "jwt");

  private static final String APPLICATION = "application/";

  private final Set<String> algorithms;
  private final Map<String, Trusted> issuers;
  private final BearerTokens tokens;
  private final DefaultJWSVerifierFactory verifiers = new DefaultJWSVerifierFactory();

  private record Trusted(KeySource keys, TokenRules rules, CallerClaims claims) {}

  /// An authenticator that trusts the authorities of the platform in connections to issuers.
  public JwtAuthenticator(JwtSettings settings, InstantSource clock) {
    this(settings, UpstreamClient::defaultTls, clock);
  }

  /// Creates an authenticator; keys are fetched when the first token is verified.
  ///
  /// @param tls keys and trusted authorities in connections to issuers
  public JwtAuthenticator(JwtSettings settings, Supplier<SSLContext> tls, InstantSource clock) {
    algorithms = settings.algorithms();
    tokens =
        new BearerTokens(
            this::verify, new VerifiedTokens(REMEMBERED_FOR, settings.tolerance()), clock);
    issuers =
        settings.issuers().stream()
            .collect(
                Collectors.toUnmodifiableMap(
                    JwtSettings.Issuer::name,
                    issuer ->
                        new Trusted(
                            keys(issuer, tls),
                            new TokenRules(issuer.audiences(), settings.tolerance(), clock),
                            new CallerClaims(issuer.claims()))));
  }

  private static KeySource keys(JwtSettings.Issuer issuer, Supplier<SSLContext> tls) {
    return switch (issuer.keys()) {
      case JwtSettings.KeysIn(var file) -> new KeyFile(file);
      case JwtSettings.KeysAt(var url) ->
          new FetchedKeys(issuer.name(), Optional.of(url), new IssuerClient(tls));
      case JwtSettings.KeysDiscovered() ->
          new FetchedKeys(issuer.name(), Optional.empty(), new IssuerClient(tls));
    };
  }

  @Override
  public Authentication authenticate(@Nullable String authorizationHeader) {
    return tokens.authenticate(authorizationHeader);
  }

  private Authentication verify(String token) {
    try {
      var jws = JWSObject.parse(token);
      requireAccessToken(jws.getHeader());
      var claims = TokenClaims.parse(jws.getPayload().toBytes());
      var issuer = issuer(claims);
      requireSignature(jws, issuer.keys());
      var expiry =
          issuer
              .rules()
              .check(claims)
              .orElseThrow(() -> new InvalidTokenException("The token has no expiry time (exp)."));
      return new Authenticated(
          issuer.claims().caller(claims), issuer.claims().scopes(claims), expiry);
    } catch (ParseException malformed) {
      return Refused.invalidToken("The token is not a well-formed signed JWT.");
    } catch (InvalidTokenException invalid) {
      return Refused.invalidToken(invalid.detail());
    } catch (KeysUnavailableException away) {
      return Refused.keysUnavailable();
    }
  }

  private void requireAccessToken(JWSHeader header) throws InvalidTokenException {
    var type = header.getType() == null ? "jwt" : header.getType().getType();
    var subtype = type.toLowerCase(Locale.ROOT);
    if (subtype.startsWith(APPLICATION)) {
      subtype = subtype.substring(APPLICATION.length());
    }
    if (!TYPES.contains(subtype)) {
      throw new InvalidTokenException(
          "The token is not an access token: the type (typ) in its header is '"
              + TokenRules.quoted(type)
              + "', not at+jwt or JWT.");
    }
    if (!algorithms.contains(header.getAlgorithm().getName())) {
      throw new InvalidTokenException(
          "The token's signature algorithm (alg) is '"
              + TokenRules.quoted(header.getAlgorithm().getName())
              + "', which is not accepted.");
    }
    // No extension is known here, and an unencoded payload is not allowed in a JWT (RFC 7797
    // section 7).
    if (header.getCriticalParams() != null && !header.getCriticalParams().isEmpty()
        || !header.isBase64URLEncodePayload()) {
      throw new InvalidTokenException(
          "The token's header has critical parameters (crit), which are not supported.");
    }
  }

  private Trusted issuer(TokenClaims claims) throws InvalidTokenException {
    var issuer = issuers.get(claims.text("iss").orElse(""));
    if (issuer == null) {
      throw new InvalidTokenException(
          issuers.size() == 1
              ? "The token's issuer (iss) is not " + issuers.keySet().iterator().next() + "."
              : "The token's issuer (iss) is none of those that are accepted.");
    }
    return issuer;
  }

  private void requireSignature(JWSObject jws, KeySource source)
      throws InvalidTokenException, KeysUnavailableException {
    var header = jws.getHeader();
    var keys = source.keys();
    if (verifies(jws, keys)) {
      return;
    }
    // The issuer may have changed its keys, if these do not decide.
    boolean decided = keys.has(header.getKeyID());
    if (!decided) {
      var newer = newerThan(keys, source, header);
      if (newer.isPresent() && verifies(jws, newer.get())) {
        return;
      }
      decided = newer.isPresent() && newer.get().has(header.getKeyID());
    }
    throw new InvalidTokenException(
        decided || header.getKeyID() == null
            ? "The token's signature does not verify."
            : "The token is not signed with a key of its issuer: the key id (kid) is unknown.");
  }

  // A token without a key id is not verified later than one with a known id.
  private static Optional<KeySet> newerThan(KeySet keys, KeySource source, JWSHeader header)
      throws KeysUnavailableException {
    try {
      return Optional.of(source.newerThan(keys));
    } catch (KeysUnavailableException away) {
      if (header.getKeyID() != null) {
        throw away;
      }
      return Optional.empty();
    }
  }

  private boolean verifies(JWSObject jws, KeySet keys) {
    List<PublicKey> candidates =
        keys.candidates(jws.getHeader().getAlgorithm(), jws.getHeader().getKeyID());
    for (var key : candidates) {
      try {
        if (jws.verify(verifiers.createJWSVerifier(jws.getHeader(), key))) {
          return true;
        }
      } catch (JOSEException unsuitable) {
        // This key does not verify this token; another may.
      }
    }
    return false;
  }
}
