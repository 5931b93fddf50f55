package dev.backlane.gateway.auth;

import dev.backlane.gateway.auth.Authentication.Authenticated;
import dev.backlane.gateway.auth.Authentication.Refused;
import dev.backlane.gateway.auth.VerifiedTokens.Digest;
import java.time.Duration;
import java.time.InstantSource;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Reads bearer tokens and remembers the good ones, whoever verifies them. Thread-safe where the verification is.
final class BearerTokens {
  private final Function<String, Authentication> verification;
  private final VerifiedTokens verified;
  private final InstantSource clock;

  /// @param verification decides about a token that is not remembered
  /// @param rememberedFor how long a good one is, unless it expires before
  BearerTokens(
      Function<String, Authentication> verification, Duration rememberedFor, InstantSource clock) {
    this.verification = verification;
    this.verified = new VerifiedTokens(rememberedFor);
    this.clock = clock;
  }

  /// See [Authenticator#authenticate].
  Authentication authenticate(@Nullable String authorizationHeader) {
    return switch (BearerToken.read(authorizationHeader)) {
      case BearerToken.Absent() -> Refused.withoutToken();
      case BearerToken.Malformed(var detail) -> Refused.invalidToken(detail);
      case BearerToken.Present(var token) -> remembered(token);
    };
  }

  private Authentication remembered(String token) {
    var digest = Digest.of(token);
    var known = verified.find(digest, clock.instant());
    if (known != null) {
      return known;
    }
    var outcome = verification.apply(token);
    if (outcome instanceof Authenticated caller) {
      verified.remember(digest, caller);
    }
    return outcome;
  }
}
