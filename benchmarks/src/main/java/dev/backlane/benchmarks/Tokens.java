package dev.backlane.benchmarks;

import dev.backlane.demo.DevelopmentTokenIssuer;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Set;

/// Signed tokens of a caller.
final class Tokens {
  private static final String AUDIENCE = "the-api";
  private static final String CLIENT = "erp-client";
  private static final String TENANT = "nordlys";
  private static final Duration LIFETIME = Duration.ofHours(1);

  private Tokens() {}

  static DevelopmentTokenIssuer issuer() {
    return new DevelopmentTokenIssuer(List.of(), AUDIENCE, LIFETIME, InstantSource.system());
  }

  /// A gateway that requires a token of an issuer.
  static Gateways.Variant required(DevelopmentTokenIssuer issuer) {
    return Gateways.Variant.NONE.authenticating(
        "{ mode: jwt, issuer: \"%s\", audience: %s }".formatted(issuer.issuer(), AUDIENCE));
  }

  /// A token of the caller.
  static String of(DevelopmentTokenIssuer issuer) {
    return issuer.issue(CLIENT, TENANT, CLIENT, Set.of());
  }
}
