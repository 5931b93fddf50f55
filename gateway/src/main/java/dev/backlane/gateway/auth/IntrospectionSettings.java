package dev.backlane.gateway.auth;

import java.net.URI;

/// How tokens are introspected at their issuer (RFC 7662). Immutable.
///
/// @param url the introspection endpoint
/// @param clientId the gateway's own client there
/// @param clientSecret its secret
/// @param audience the `aud` that a token must have where the response has one; empty: any
/// @param claims which members of the response identify the caller
public record IntrospectionSettings(
    URI url, String clientId, String clientSecret, String audience, JwtSettings.Claims claims) {
  /// Without the secret.
  @Override
  public String toString() {
    return "IntrospectionSettings[" + url + ", " + clientId + "]";
  }
}
