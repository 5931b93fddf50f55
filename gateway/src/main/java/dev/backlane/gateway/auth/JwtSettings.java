package dev.backlane.gateway.auth;

import dev.backlane.protocol.url.HttpUrl;
import dev.backlane.protocol.url.InvalidUrlException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Which tokens are valid. Immutable.
///
/// @param issuers at least one, with distinct names
/// @param algorithms the signature algorithms allowed (RFC 7518 section 3.1); asymmetric ones only,
///     default [#DEFAULT_ALGORITHMS]
/// @param tolerance the tolerated difference between the issuers' clocks and ours, default
///     [#DEFAULT_TOLERANCE]
public record JwtSettings(List<Issuer> issuers, Set<String> algorithms, Duration tolerance) {
  /// All algorithms that sign with a private key.
  public static final Set<String> DEFAULT_ALGORITHMS =
      Set.of("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512");

  /// 60 s.
  public static final Duration DEFAULT_TOLERANCE = Duration.ofSeconds(60);

  /// @throws IllegalArgumentException if there is no issuer, or one twice, or an algorithm is none
  ///     of [#DEFAULT_ALGORITHMS]
  public JwtSettings {
    issuers = List.copyOf(issuers);
    algorithms = Set.copyOf(algorithms);
    var names = new HashSet<String>();
    if (issuers.isEmpty() || !issuers.stream().map(Issuer::name).allMatch(names::add)) {
      throw new IllegalArgumentException("one or more distinct issuers must be given");
    }
    if (algorithms.isEmpty() || !DEFAULT_ALGORITHMS.containsAll(algorithms)) {
      throw new IllegalArgumentException(
          "algorithms must be some of " + DEFAULT_ALGORITHMS + ", not " + algorithms);
    }
  }

  /// Settings for one issuer, with the default claims, algorithms and tolerance.
  public static JwtSettings of(String issuer, String audience, Keys keys) {
    return new JwtSettings(
        List.of(new Issuer(issuer, Set.of(audience), keys, IdentityClaims.DEFAULT)),
        DEFAULT_ALGORITHMS,
        DEFAULT_TOLERANCE);
  }

  /// An issuer whose tokens are accepted.
  ///
  /// @param name the `iss` that its tokens carry, compared character by character (RFC 7519 section
  ///     4.1.1)
  /// @param audiences of which a token must carry one in `aud`
  /// @param keys the source of its public keys
  /// @param claims which claims identify the caller
  public record Issuer(String name, Set<String> audiences, Keys keys, IdentityClaims claims) {
    /// @throws IllegalArgumentException if the name or an audience is blank, or there is none
    public Issuer {
      audiences = Set.copyOf(audiences);
      if (name.isBlank()) {
        throw new IllegalArgumentException("issuer must be given");
      }
      // Without it, a token that the same issuer created for another API would be accepted.
      if (audiences.isEmpty() || audiences.stream().anyMatch(String::isBlank)) {
        throw new IllegalArgumentException("audience must be given");
      }
    }
  }

  /// The source of an issuer's public keys: a JSON Web Key Set (RFC 7517 section 5).
  public sealed interface Keys {}

  /// Keys fetched from the issuer, at a URL that it names in its metadata (RFC 8414, OpenID Connect
  /// Discovery). The issuer's name is a URL.
  public record KeysDiscovered() implements Keys {}

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
}
