package dev.backlane.gateway.intake;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.InputStream;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/// Distinguishes calls that carry the same idempotency key: SHA-256 over method, target and
/// content, computed while the content is read. For one thread.
final class Fingerprint {
  private final MessageDigest digest;

  Fingerprint(BackgroundCall call) {
    this.digest = sha256();
    digest.update(call.method().getBytes(UTF_8));
    digest.update((byte) 0);
    digest.update(call.target().getBytes(UTF_8));
    digest.update((byte) 0);
  }

  /// Wraps the content: the bytes that are read through the returned stream enter the fingerprint.
  InputStream over(InputStream body) {
    return new DigestInputStream(body, digest);
  }

  /// The fingerprint; to be called once, after the content was read to its end.
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
