package dev.backlane.gateway.auth;

import dev.backlane.gateway.auth.Authentication.Refused;
import dev.backlane.gateway.auth.VerifiedTokens.Digest;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// Reads bearer tokens, and caches what is known of them, for any way of verifying them. A token
/// that several requests bring at once is verified once. Thread-safe if the verification is.
final class BearerTokens {
  private final Function<String, Authentication> verification;
  private final VerifiedTokens known;
  private final InstantSource clock;
  private final Map<Digest, CompletableFuture<Authentication>> running = new ConcurrentHashMap<>();

  /// @param verification verifies a token that is not cached; bounded in time
  BearerTokens(
      Function<String, Authentication> verification, VerifiedTokens known, InstantSource clock) {
    this.verification = verification;
    this.known = known;
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
    var result = known.find(digest, clock.instant());
    return result == null ? verified(token, digest) : result;
  }

  private Authentication verified(String token, Digest digest) {
    var own = new CompletableFuture<Authentication>();
    var other = running.putIfAbsent(digest, own);
    if (other != null) {
      return other.join();
    }
    try {
      var result = verification.apply(token);
      known.remember(digest, result);
      own.complete(result);
      return result;
    } catch (RuntimeException | Error fault) {
      own.completeExceptionally(fault);
      throw fault;
    } finally {
      running.remove(digest);
    }
  }
}
