package dev.backlane.gateway.auth;

import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/// How tokens are introspected at their issuer (RFC 7662). Immutable.
///
/// @param url the introspection endpoint
/// @param clientId the gateway's own client there
/// @param clientSecret its secret
/// @param concurrency requests to the endpoint at the same time, at most
/// @param expected what a token must be
public record IntrospectionSettings(
    URI url, String clientId, String clientSecret, int concurrency, Expected expected) {
  /// Without the secret.
  @Override
  public String toString() {
    return "IntrospectionSettings[" + url + ", " + clientId + "]";
  }

  /// What the response must say about a token.
  ///
  /// @param issuer the `iss` that a response must have if it has one; empty: any
  /// @param audiences of which `aud` must have one; empty: any
  /// @param claims which members identify the caller
  /// @param tolerance the tolerated difference between the issuer's clock and ours
  public record Expected(
      Optional<String> issuer, Set<String> audiences, IdentityClaims claims, Duration tolerance) {
    public Expected {
      audiences = Set.copyOf(audiences);
    }
  }
}
