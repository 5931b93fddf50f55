package dev.backlane.gateway.auth;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import dev.backlane.gateway.auth.Authentication.Authenticated;
import dev.backlane.gateway.auth.Authentication.Refused;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// Caches what is known of tokens by their digest, so that the next request with one costs neither
/// a signature check nor a request. Stores no token. Thread-safe.
final class VerifiedTokens {
  /// Cached valid tokens at most.
  static final int TOKENS_MAX = 100_000;

  /// Cached invalid tokens at most. They have a cache of their own, since any client can send them.
  static final int INVALID_MAX = 10_000;

  private final Cache<Digest, Authenticated> valid;
  private final Cache<Digest, Refused> invalid;
  private final Duration tolerance;

  /// A cache of valid tokens only.
  ///
  /// @param rememberFor after this time a token is verified again although it has not expired, so
  ///     that a key that its issuer revoked is no longer accepted
  /// @param tolerance how long after its expiry a token is still accepted
  VerifiedTokens(Duration rememberFor, Duration tolerance) {
    this(rememberFor, Duration.ZERO, tolerance);
  }

  /// @param invalidFor how long an invalid token is refused without verifying it again; zero: not
  VerifiedTokens(Duration rememberFor, Duration invalidFor, Duration tolerance) {
    valid = Caffeine.newBuilder().maximumSize(TOKENS_MAX).expireAfterWrite(rememberFor).build();
    invalid = Caffeine.newBuilder().maximumSize(INVALID_MAX).expireAfterWrite(invalidFor).build();
    this.tolerance = tolerance;
  }

  /// What is known of a token that has not expired; null if nothing is.
  @Nullable Authentication find(Digest token, Instant now) {
    Authenticated known = valid.getIfPresent(token);
    if (known != null && now.minus(tolerance).isBefore(known.expiresAt())) {
      return known;
    }
    return invalid.getIfPresent(token);
  }

  /// Caches a result. One with another status than 401 says nothing about the token.
  void remember(Digest token, Authentication result) {
    switch (result) {
      case Authenticated caller -> valid.put(token, caller);
      case Refused refused -> {
        if (refused.status() == Refused.UNAUTHORIZED) {
          invalid.put(token, refused);
        }
      }
    }
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
