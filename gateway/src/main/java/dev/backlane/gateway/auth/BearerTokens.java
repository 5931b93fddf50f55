package dev.backlane.gateway.auth;

import dev.backlane.gateway.auth.Authentication.Authenticated;
import dev.backlane.gateway.auth.Authentication.Refused;
import dev.backlane.gateway.auth.VerifiedTokens.Digest;
import java.time.Duration;
import java.time.InstantSource;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Reads bearer tokens and caches the valid ones, for any way of verifying them. Thread-safe if the
/// verification is.
final class BearerTokens {
  private final Function<String, Authentication> verification;
  private final VerifiedTokens verified;
  private final InstantSource clock;

  /// @param verification verifies a token that is not cached
  /// @param rememberedFor how long a valid token is cached, unless it expires earlier
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
