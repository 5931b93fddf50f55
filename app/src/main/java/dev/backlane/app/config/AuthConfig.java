package dev.backlane.app.config;

import java.net.URI;
import java.nio.file.Path;
import java.util.Set;

/// How a caller shows who it is.
public sealed interface AuthConfig {

  /// Everybody is the same anonymous caller.
  record None() implements AuthConfig {}

  /// OAuth 2.0 bearer tokens in the form of a JWT (RFC 9068, RFC 7519).
  ///
  /// @param issuer the `iss` that a token must have
  /// @param audience one of the `aud` that a token must have
  /// @param claims the names of the claims that tell the caller
  /// @param scopePrefix before `:read`, `:create`, `:update`, `:delete`; empty: scopes are not checked
  /// @param algorithms names of the accepted signature algorithms (RFC 7518, RFC 8037); never symmetric
  record Jwt(
      String issuer,
      Keys keys,
      String audience,
      Claims claims,
      String scopePrefix,
      Set<String> algorithms)
      implements AuthConfig {
    public Jwt {
      algorithms = Set.copyOf(algorithms);
    }
  }

  /// OAuth 2.0 bearer tokens that their issuer is asked about (RFC 7662).
  ///
  /// @param audience one of the `aud` that a token must have where its issuer tells them; empty: any
  record Introspection(
      URI url,
      String clientId,
      Secret clientSecret,
      String audience,
      Claims claims,
      String scopePrefix)
      implements AuthConfig {}

  /// The names of the claims that tell the caller.
  record Claims(String tenant, String client, String subject) {}

  /// Where the issuer's public keys are (a JWK set, RFC 7517).
  sealed interface Keys {
    /// Fetched, cached and fetched again when the issuer rotates them.
    record Url(URI url) implements Keys {}

    /// Read from a file.
    record File(Path path) implements Keys {}
  }
}
