package dev.backlane.gateway.auth;

import java.net.URI;

/// How tokens are asked about at their issuer (RFC 7662). Immutable.
///
/// @param url the introspection endpoint
/// @param clientId the gateway's own client there
/// @param clientSecret its secret
/// @param audience the `aud` that a token must carry where the answer has one; empty: any
/// @param claims which members of the answer tell who the caller is
public record IntrospectionSettings(
    URI url, String clientId, String clientSecret, String audience, JwtSettings.Claims claims) {
  /// Without the secret.
  @Override
  public String toString() {
    return "IntrospectionSettings[" + url + ", " + clientId + "]";
  }
}
