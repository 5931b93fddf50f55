package dev.backlane.gateway.seal;

import java.nio.ByteBuffer;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;

/// Encrypts small values, and gives them back under the name they were sealed under only: AES-256-GCM (NIST SP 800-38D) with a
/// key of the value's own, a random nonce of 96 bits and a tag of 128. The bytes:
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
  private static final int NONCE_BYTES = 12;
  private static final int TAG_BYTES = 16;
  private static final int HEAD_BYTES = 1 + Long.BYTES;
  private static final String TRANSFORMATION = "AES/GCM/NoPadding";

  private final DataKeys keys;
  private final String purpose;
  private final SecureRandom random = new SecureRandom();

  /// @param purpose what is sealed; a value of one purpose does not open as one of another
  public Seal(DataKeys keys, String purpose) {
    this.keys = keys;
    this.purpose = purpose;
  }

  /// @param tenant whose key is used
  /// @param name what the value belongs to; it opens under no other
  public byte[] seal(byte[] clear, String tenant, byte[] name) {
    var key = keys.current(tenant);
    byte[] nonce = new byte[NONCE_BYTES];
    random.nextBytes(nonce);
    byte[] head = ByteBuffer.allocate(HEAD_BYTES).put(VERSION).putLong(key.id()).array();
    var sealed = ByteBuffer.allocate(HEAD_BYTES + NONCE_BYTES + clear.length + TAG_BYTES);
    sealed.put(head).put(nonce);
    try {
      cipher(Cipher.ENCRYPT_MODE, key, name, head, nonce).doFinal(ByteBuffer.wrap(clear), sealed);
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException("AES-256-GCM cannot fail to encrypt", impossible);
    }
    return sealed.array();
  }

  /// @throws SealBrokenException if the bytes were changed, or belong to another name
  public byte[] open(byte[] sealed, byte[] name) {
    if (sealed.length < HEAD_BYTES + NONCE_BYTES + TAG_BYTES || sealed[0] != VERSION) {
      throw new SealBrokenException("a " + purpose + " is cut short, or of an unknown version");
    }
    var buffer = ByteBuffer.wrap(sealed);
    byte[] head = take(buffer, HEAD_BYTES);
    var key = keys.of(ByteBuffer.wrap(head, 1, Long.BYTES).getLong());
    byte[] nonce = take(buffer, NONCE_BYTES);
    try {
      return cipher(Cipher.DECRYPT_MODE, key, name, head, nonce)
          .doFinal(take(buffer, buffer.remaining()));
    } catch (AEADBadTagException tampered) {
      throw new SealBrokenException("a " + purpose + " was changed or is another's", tampered);
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException("an authentic value cannot be malformed", impossible);
    }
  }

  private Cipher cipher(int mode, DataKey key, byte[] name, byte[] head, byte[] nonce)
      throws GeneralSecurityException {
    var cipher = Cipher.getInstance(TRANSFORMATION);
    cipher.init(mode, key.keyOf(purpose, name), new GCMParameterSpec(TAG_BYTES * Byte.SIZE, nonce));
    cipher.updateAAD(head);
    cipher.updateAAD(name);
    return cipher;
  }

  private static byte[] take(ByteBuffer buffer, int length) {
    byte[] bytes = new byte[length];
    buffer.get(bytes);
    return bytes;
  }
}
