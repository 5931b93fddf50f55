package dev.backlane.gateway.seal;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Arrays;
import javax.crypto.AEADBadTagException;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;

/// The stored form of a data key: AES-256-GCM (NIST SP 800-38D) under a key of the master key's, with all that stands before
/// the cipher text authenticated. The bytes:
///
/// | bytes | meaning |
/// | --- | --- |
/// | 1 | version of this format: 1 |
/// | 4 | id of the master key |
/// | 8 | id of the data key |
/// | 8 | when it was made, in milliseconds since 1970 |
/// | 2 | bytes of the tenant |
/// | … | the tenant in UTF-8 |
/// | 12 | nonce |
/// | 48 | cipher text and tag |
final class WrappedKey {
  private static final byte VERSION = 1;
  private static final int NONCE_BYTES = 12;
  private static final int TAG_BYTES = 16;
  private static final String TRANSFORMATION = "AES/GCM/NoPadding";

  private WrappedKey() {}

  static byte[] seal(DataKey key, MasterKey masterKey, SecureRandom random) {
    byte[] tenant = key.tenant().getBytes(StandardCharsets.UTF_8);
    byte[] head =
        ByteBuffer.allocate(1 + Integer.BYTES + 2 * Long.BYTES + Short.BYTES + tenant.length)
            .put(VERSION)
            .putInt(masterKey.id())
            .putLong(key.id())
            .putLong(key.createdAt().toEpochMilli())
            .putShort((short) tenant.length)
            .put(tenant)
            .array();
    byte[] nonce = new byte[NONCE_BYTES];
    random.nextBytes(nonce);
    try {
      byte[] text = cipher(Cipher.ENCRYPT_MODE, masterKey, head, nonce).doFinal(key.secret());
      return ByteBuffer.allocate(head.length + NONCE_BYTES + text.length)
          .put(head)
          .put(nonce)
          .put(text)
          .array();
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException("AES-256-GCM cannot fail to encrypt", impossible);
    }
  }

  /// The master key that a stored key needs.
  static int masterKeyId(byte[] wrapped) {
    if (wrapped.length < 1 + Integer.BYTES || wrapped[0] != VERSION) {
      throw new MasterKeyException("a stored data key has a form that this version does not know");
    }
    return ByteBuffer.wrap(wrapped, 1, Integer.BYTES).getInt();
  }

  /// @throws MasterKeyException if it was changed or is wrapped by another master key
  static DataKey open(byte[] wrapped, MasterKey masterKey) {
    try {
      var buffer = ByteBuffer.wrap(wrapped);
      buffer.position(1 + Integer.BYTES);
      long id = buffer.getLong();
      var createdAt = Instant.ofEpochMilli(buffer.getLong());
      byte[] tenant = new byte[Short.toUnsignedInt(buffer.getShort())];
      buffer.get(tenant);
      byte[] head = Arrays.copyOf(wrapped, buffer.position());
      byte[] nonce = new byte[NONCE_BYTES];
      buffer.get(nonce);
      byte[] text = new byte[buffer.remaining()];
      buffer.get(text);
      byte[] secret = cipher(Cipher.DECRYPT_MODE, masterKey, head, nonce).doFinal(text);
      return new DataKey(id, new String(tenant, StandardCharsets.UTF_8), createdAt, secret);
    } catch (AEADBadTagException | BufferUnderflowException changed) {
      throw new MasterKeyException(
          "a stored data key was changed, or this is not the master key that wrapped it", changed);
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException("an authentic key cannot be malformed", impossible);
    }
  }

  private static Cipher cipher(int mode, MasterKey masterKey, byte[] head, byte[] nonce)
      throws GeneralSecurityException {
    var cipher = Cipher.getInstance(TRANSFORMATION);
    cipher.init(mode, masterKey.wrappingKey(), new GCMParameterSpec(TAG_BYTES * Byte.SIZE, nonce));
    cipher.updateAAD(head);
    return cipher;
  }
}
