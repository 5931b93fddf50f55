package dev.backlane.gateway.seal;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Arrays;
import javax.crypto.AEADBadTagException;

/// The stored form of a data key: AES-256-GCM (NIST SP 800-38D) with a key derived from the master
/// key; all bytes before the cipher text are authenticated. The bytes:
///
/// | bytes | meaning |
/// | --- | --- |
/// | 1 | version of this format: 1 |
/// | 4 | id of the master key |
/// | 8 | id of the data key |
/// | 8 | creation time, in milliseconds since 1970 |
/// | 2 | length of the tenant in bytes |
/// | … | the tenant in UTF-8 |
/// | 12 | nonce |
/// | 48 | cipher text and tag |
final class WrappedKey {
  private static final byte VERSION = 1;

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
    byte[] nonce = new byte[AesGcm.NONCE_BYTES];
    random.nextBytes(nonce);
    byte[] text =
        AesGcm.seal(masterKey.wrappingKey(), nonce, key.secret(), DataKey.KEY_BYTES, head);
    return ByteBuffer.allocate(head.length + AesGcm.NONCE_BYTES + text.length)
        .put(head)
        .put(nonce)
        .put(text)
        .array();
  }

  /// The master key that a stored key needs.
  static int masterKeyId(byte[] wrapped) {
    if (wrapped.length < 1 + Integer.BYTES || wrapped[0] != VERSION) {
      throw new MasterKeyException(
          "a stored data key has a format that this version does not support");
    }
    return ByteBuffer.wrap(wrapped, 1, Integer.BYTES).getInt();
  }

  /// The id of the data key in a record; not authenticated before the key is opened.
  static long keyId(byte[] wrapped) {
    if (wrapped.length < 1 + Integer.BYTES + Long.BYTES) {
      throw new MasterKeyException("a stored data key is truncated");
    }
    return ByteBuffer.wrap(wrapped, 1 + Integer.BYTES, Long.BYTES).getLong();
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
      byte[] nonce = new byte[AesGcm.NONCE_BYTES];
      buffer.get(nonce);
      byte[] text = new byte[buffer.remaining()];
      buffer.get(text);
      byte[] secret = AesGcm.open(masterKey.wrappingKey(), nonce, text, head);
      return new DataKey(id, new String(tenant, StandardCharsets.UTF_8), createdAt, secret);
    } catch (AEADBadTagException | BufferUnderflowException changed) {
      throw new MasterKeyException(
          "a stored data key was changed, or this is not the master key that wrapped it", changed);
    }
  }
}
