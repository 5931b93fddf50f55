package dev.backlane.gateway.seal;

import java.nio.ByteBuffer;
import java.security.SecureRandom;
import javax.crypto.AEADBadTagException;

/// Encrypts small values so that they open only under the name under which they were sealed:
/// AES-256-GCM (NIST SP 800-38D) with a key for each value, a random nonce of 96 bits and a tag of
/// 128. The bytes:
///
/// | bytes | meaning |
/// | --- | --- |
/// | 1 | version of this format: 2 |
/// | 8 | id of the data key |
/// | 12 | nonce |
/// | … | cipher text and tag |
///
/// Thread-safe.
public final class Seal {
  private static final byte VERSION = 2;
  private static final int HEAD_BYTES = 1 + Long.BYTES;

  private final DataKeys keys;
  private final String purpose;
  private final SecureRandom random = new SecureRandom();

  /// @param purpose the kind of value; a value of one purpose does not open as one of another
  public Seal(DataKeys keys, String purpose) {
    this.keys = keys;
    this.purpose = purpose;
  }

  /// @param tenant whose key is used
  /// @param name identifies the value's owner; it opens under no other name
  public byte[] seal(byte[] clear, String tenant, byte[] name) {
    var key = keys.current(tenant);
    byte[] nonce = new byte[AesGcm.NONCE_BYTES];
    random.nextBytes(nonce);
    byte[] head = ByteBuffer.allocate(HEAD_BYTES).put(VERSION).putLong(key.id()).array();
    byte[] text = AesGcm.seal(key.keyOf(purpose, name), nonce, clear, clear.length, head, name);
    return ByteBuffer.allocate(HEAD_BYTES + AesGcm.NONCE_BYTES + text.length)
        .put(head)
        .put(nonce)
        .put(text)
        .array();
  }

  /// @throws UnsealException if the bytes were changed, or belong to another name
  public byte[] open(byte[] sealed, byte[] name) {
    if (sealed.length < HEAD_BYTES + AesGcm.NONCE_BYTES + AesGcm.TAG_BYTES
        || sealed[0] != VERSION) {
      throw new UnsealException("a " + purpose + " is truncated, or has an unknown version");
    }
    var buffer = ByteBuffer.wrap(sealed);
    byte[] head = take(buffer, HEAD_BYTES);
    var key = keys.of(ByteBuffer.wrap(head, 1, Long.BYTES).getLong());
    byte[] nonce = take(buffer, AesGcm.NONCE_BYTES);
    byte[] text = take(buffer, buffer.remaining());
    try {
      return AesGcm.open(key.keyOf(purpose, name), nonce, text, head, name);
    } catch (AEADBadTagException tampered) {
      throw new UnsealException(
          "a " + purpose + " was changed or belongs to another name", tampered);
    }
  }

  private static byte[] take(ByteBuffer buffer, int length) {
    byte[] bytes = new byte[length];
    buffer.get(bytes);
    return bytes;
  }
}
