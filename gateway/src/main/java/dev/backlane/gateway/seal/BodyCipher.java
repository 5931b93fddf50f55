package dev.backlane.gateway.seal;

import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.store.content.Part;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import javax.crypto.AEADBadTagException;

/// Encrypts one content in segments, so that it can be written and read as a stream and from any
/// offset: each segment of 64 KiB is sealed by itself with AES-256-GCM, which also authenticates
/// its position and whether it is the last (the STREAM construction of Hoang, Reyhanitabar, Rogaway
/// and Vizár, 2015). The stored bytes:
///
/// | bytes | meaning |
/// | --- | --- |
/// | 1 | version of this format: 2 |
/// | 8 | id of the data key |
/// | 8 | random; with the segment's number it is the nonce |
/// | … | the segments, each with its tag of 16 bytes |
///
/// For one thread.
final class BodyCipher {
  static final int SEGMENT_BYTES = 64 * 1024;
  static final int TAG_BYTES = AesGcm.TAG_BYTES;
  static final int HEAD_BYTES = 1 + 2 * Long.BYTES;

  private static final byte VERSION = 2;

  private final DataKey key;
  private final OperationId operation;
  private final Part part;
  private final byte[] head;

  private BodyCipher(DataKey key, OperationId operation, Part part, byte[] head) {
    this.key = key;
    this.operation = operation;
    this.part = part;
    this.head = head;
  }

  /// For writing a content.
  ///
  /// @param nonce fresh and random
  static BodyCipher sealing(DataKey key, OperationId operation, Part part, long nonce) {
    byte[] head =
        ByteBuffer.allocate(HEAD_BYTES).put(VERSION).putLong(key.id()).putLong(nonce).array();
    return new BodyCipher(key, operation, part, head);
  }

  /// For reading a content.
  ///
  /// @throws UnsealException if its format is unknown, or its key is missing
  static BodyCipher opening(DataKeys keys, OperationId operation, Part part, byte[] head) {
    if (head.length != HEAD_BYTES || head[0] != VERSION) {
      throw new UnsealException("a body of " + operation + " has an unknown seal format");
    }
    var key = keys.of(ByteBuffer.wrap(head, 1, Long.BYTES).getLong());
    return new BodyCipher(key, operation, part, head);
  }

  /// Bytes of a content of this length when it is sealed.
  static long sealedLength(long clearLength) {
    return HEAD_BYTES + clearLength + TAG_BYTES * segments(clearLength);
  }

  static long segments(long clearLength) {
    return Math.max(1, (clearLength + SEGMENT_BYTES - 1) / SEGMENT_BYTES);
  }

  byte[] head() {
    return head;
  }

  byte[] seal(byte[] clear, int length, int segment, boolean last) {
    return AesGcm.seal(key.bodyKey(operation), nonce(segment), clear, length, authenticated(last));
  }

  /// @throws UnsealException if the bytes were changed, moved or truncated
  byte[] open(byte[] sealed, int segment, boolean last) {
    try {
      return AesGcm.open(key.bodyKey(operation), nonce(segment), sealed, authenticated(last));
    } catch (AEADBadTagException tampered) {
      throw new UnsealException(
          "a stored body of " + operation + " was changed or belongs to another operation",
          tampered);
    }
  }

  private byte[] nonce(int segment) {
    return ByteBuffer.allocate(AesGcm.NONCE_BYTES)
        .put(head, HEAD_BYTES - Long.BYTES, Long.BYTES)
        .putInt(segment)
        .array();
  }

  private byte[][] authenticated(boolean last) {
    return new byte[][] {
      head,
      operation.bytes(),
      part.name().getBytes(StandardCharsets.US_ASCII),
      {(byte) (last ? 1 : 0)}
    };
  }
}
