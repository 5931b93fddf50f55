package dev.backlane.gateway.auth;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/// The checks of a token's claims that do not depend on how it was verified (RFC 7519 section 4.1).
/// Immutable.
final class TokenRules {
  /// Members that name the kind of a token: Keycloak's `typ`, `token_use` of Cognito and Hydra,
  /// `token_usage` of OpenIddict, and `token_type` (RFC 7662 section 2.2).
  private static final List<String> KINDS =
      List.of("token_type", "token_use", "token_usage", "typ");

  /// Members that some issuers use for the kind of a token, and others for something else.
  private static final List<String> AMBIGUOUS_KINDS = List.of("type", "purpose");

  /// The kinds of access tokens, in lower case: those of RFC 6750, RFC 9068 and RFC 8693, and those
  /// of the issuers above.
  private static final Set<String> ACCESS =
      Set.of(
          "bearer",
          "access",
          "access_token",
          "accesstoken",
          "jwt",
          "at+jwt",
          "application/jwt",
          "application/at+jwt",
          "urn:ietf:params:oauth:token-type:access_token",
          "urn:ietf:params:oauth:token-type:jwt");

  private static final Set<String> NOT_ACCESS =
      Set.of("refresh", "refresh_token", "id", "id_token", "offline", "logout", "logout_token");

  private final Set<String> audiences;
  private final Duration tolerance;
  private final InstantSource clock;

  /// @param audiences of which a token must have one; empty: any
  /// @param tolerance the tolerated difference between the issuer's clock and ours
  TokenRules(Set<String> audiences, Duration tolerance, InstantSource clock) {
    this.audiences = Set.copyOf(audiences);
    this.tolerance = tolerance;
    this.clock = clock;
  }

  /// Checks audience, kind, expiry and not-before time.
  ///
  /// @return when the token expires; empty if it does not
  /// @throws InvalidTokenException if one of them is not right
  Optional<Instant> check(TokenClaims claims) throws InvalidTokenException {
    audience(claims);
    kind(claims);
    return lifetime(claims);
  }

  private void audience(TokenClaims claims) throws InvalidTokenException {
    if (!audiences.isEmpty() && Collections.disjoint(audiences, claims.audiences())) {
      throw new InvalidTokenException(
          "The token's audience (aud) does not contain "
              + String.join(" or ", new TreeSet<>(audiences))
              + ".");
    }
  }

  private static void kind(TokenClaims claims) throws InvalidTokenException {
    for (var name : KINDS) {
      var kind = claims.text(name);
      if (kind.isPresent() && !ACCESS.contains(kind.get().toLowerCase(Locale.ROOT))) {
        throw noAccessToken(name, kind.get());
      }
    }
    for (var name : AMBIGUOUS_KINDS) {
      if (claims.find(name).orElse("") instanceof String kind
          && NOT_ACCESS.contains(kind.toLowerCase(Locale.ROOT))) {
        throw noAccessToken(name, kind);
      }
    }
  }

  private static InvalidTokenException noAccessToken(String member, String kind) {
    return new InvalidTokenException(
        "The token is not an access token: its " + member + " is '" + quoted(kind) + "'.");
  }

  /// A text of a token, shortened for a message.
  static String quoted(String text) {
    return text.length() > 40 ? text.substring(0, 40) + "…" : text;
  }

  private Optional<Instant> lifetime(TokenClaims claims) throws InvalidTokenException {
    Instant now = clock.instant();
    var expiry = claims.time("exp");
    if (expiry.isPresent() && !now.minus(tolerance).isBefore(expiry.get())) {
      throw new InvalidTokenException("The token has expired (exp).");
    }
    var notBefore = claims.time("nbf");
    if (notBefore.isPresent() && now.plus(tolerance).isBefore(notBefore.get())) {
      throw new InvalidTokenException("The token is not valid yet (nbf).");
    }
    return expiry;
  }
}
