package dev.backlane.gateway.auth;

import dev.backlane.protocol.HttpUrl;
import dev.backlane.protocol.InvalidUrlException;
import java.net.URI;
import java.nio.file.Path;
import java.util.Set;

/// Which tokens are valid. Immutable.
///
/// @param issuer the `iss` that tokens must carry, compared character by character (RFC 7519
///     section 4.1.1)
/// @param audience the `aud` that tokens must carry, alone or among others
/// @param keys the source of the issuer's public keys
/// @param claims which claims identify the caller
/// @param scopePrefix see [Scopes]; empty: scopes are not checked (default)
/// @param algorithms the signature algorithms allowed (RFC 7518 section 3.1); asymmetric ones only,
///     default [#DEFAULT_ALGORITHMS]
public record JwtSettings(
    String issuer,
    String audience,
    Keys keys,
    Claims claims,
    String scopePrefix,
    Set<String> algorithms) {
  /// All algorithms that sign with a private key.
  public static final Set<String> DEFAULT_ALGORITHMS =
      Set.of("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512");

  /// @throws IllegalArgumentException if the issuer or the audience is blank, or an algorithm is
  ///     none of [#DEFAULT_ALGORITHMS]
  public JwtSettings {
    algorithms = Set.copyOf(algorithms);
    if (issuer.isBlank()) {
      throw new IllegalArgumentException("issuer must be given");
    }
    // Without it, a token that the same issuer created for another API would be accepted.
    if (audience.isBlank()) {
      throw new IllegalArgumentException("audience must be given");
    }
    if (algorithms.isEmpty() || !DEFAULT_ALGORITHMS.containsAll(algorithms)) {
      throw new IllegalArgumentException(
          "algorithms must be some of " + DEFAULT_ALGORITHMS + ", not " + algorithms);
    }
  }

  /// Settings with the default claims and algorithms, scopes unchecked.
  public static JwtSettings of(String issuer, String audience, Keys keys) {
    return new JwtSettings(issuer, audience, keys, Claims.DEFAULT, "", DEFAULT_ALGORITHMS);
  }

  /// The source of the issuer's public keys: a JSON Web Key Set (RFC 7517 section 5).
  public sealed interface Keys {}

  /// Keys fetched from the issuer.
  ///
  /// @param url absolute, `https` or `http`
  public record KeysAt(URI url) implements Keys {
    /// @throws IllegalArgumentException if it is no absolute `http` or `https` URL
    public KeysAt {
      try {
        HttpUrl.parse(url.toString());
      } catch (InvalidUrlException invalid) {
        throw new IllegalArgumentException("jwks-url " + invalid.getMessage(), invalid);
      }
    }
  }

  /// Keys in a file, which is read again when it has changed.
  public record KeysIn(Path file) implements Keys {}

  /// The names of the claims that identify the caller.
  ///
  /// @param tenant the company; a token without it is refused
  /// @param client the OAuth2 client; if a token lacks it, `azp` is read (OpenID Connect Core
  ///     section 2)
  /// @param subject the user; a token with neither client nor subject is refused
  public record Claims(String tenant, String client, String subject) {
    /// `tenant_id`, `client_id` and `sub`.
    public static final Claims DEFAULT = new Claims("tenant_id", "client_id", "sub");
  }
}
