package dev.backlane.gateway.intake;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.InputStream;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/// Tells calls apart that carry the same idempotency key: SHA-256 over method, target and body, taken while the body is read.
/// For one thread.
final class Fingerprint {
  private final MessageDigest digest;

  Fingerprint(BackgroundCall order) {
    this.digest = sha256();
    digest.update(order.method().getBytes(UTF_8));
    digest.update((byte) 0);
    digest.update(order.target().getBytes(UTF_8));
    digest.update((byte) 0);
  }

  /// The same stream, watched.
  InputStream over(InputStream body) {
    return new DigestInputStream(body, digest);
  }

  /// The fingerprint; call it once, after the body was read to its end.
  byte[] value() {
    return digest.digest();
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException missing) {
      throw new IllegalStateException("every Java platform has SHA-256", missing);
    }
  }
}
