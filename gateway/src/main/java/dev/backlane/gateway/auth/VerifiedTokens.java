package dev.backlane.gateway.auth;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.backlane.gateway.auth.Authentication.Authenticated;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// Caches valid tokens by their digest, so that a client's next request costs no signature check.
/// Stores no token. Thread-safe.
final class VerifiedTokens {
  /// Cached tokens at most.
  static final int TOKENS_MAX = 100_000;

  private final Cache<Digest, Authenticated> cache;

  /// @param rememberFor after this time a token is verified again although it has not expired, so
  ///     that a key that its issuer revoked is no longer accepted
  VerifiedTokens(Duration rememberFor) {
    cache = Caffeine.newBuilder().maximumSize(TOKENS_MAX).expireAfterWrite(rememberFor).build();
  }

  /// The caller of a cached token that has not expired; null for any other.
  @Nullable Authenticated find(Digest token, Instant now) {
    Authenticated known = cache.getIfPresent(token);
    return known != null && now.isBefore(known.expiresAt().plus(TokenRules.CLOCK_SKEW))
        ? known
        : null;
  }

  void remember(Digest token, Authenticated caller) {
    cache.put(token, caller);
  }

  /// The SHA-256 digest of a token.
  record Digest(long first, long second, long third, long fourth) {
    static Digest of(String token) {
      try {
        byte[] text = token.getBytes(StandardCharsets.US_ASCII);
        var hash = ByteBuffer.wrap(MessageDigest.getInstance("SHA-256").digest(text));
        return new Digest(hash.getLong(), hash.getLong(), hash.getLong(), hash.getLong());
      } catch (NoSuchAlgorithmException impossible) {
        throw new IllegalStateException("every Java platform has SHA-256", impossible);
      }
    }
  }
}
