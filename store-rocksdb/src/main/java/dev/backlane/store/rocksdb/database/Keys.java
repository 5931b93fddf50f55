package dev.backlane.store.rocksdb.database;

import dev.backlane.engine.codec.CallerDigests;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.store.content.Part;
import java.nio.ByteBuffer;
import java.util.Arrays;

/// Encodes and decodes the keys of the store. Every key begins with a time, so that old entries are
/// adjacent and can be deleted as a range. Stateless.
public final class Keys {
  /// The length of a bucket number (an hour or a day) in bytes.
  public static final int BUCKET_BYTES = 4;

  /// The length of a key of the owner index in bytes.
  static final int OWNED_BYTES = BUCKET_BYTES + CallerDigests.OWNER_BYTES + OperationId.BYTES;

  private static final long HOUR_MILLIS = 3_600_000;
  private static final long DAY_MILLIS = 24 * HOUR_MILLIS;

  private Keys() {}

  public static int hour(OperationId id) {
    return (int) ((id.high() >>> 16) / HOUR_MILLIS);
  }

  /// The bucket number at the start of a key.
  public static int bucketOf(byte[] key) {
    return ByteBuffer.wrap(key).getInt();
  }

  public static int day(OperationId id) {
    return (int) ((id.high() >>> 16) / DAY_MILLIS);
  }

  /// The lowest key of a bucket.
  public static byte[] bucket(int number) {
    return ByteBuffer.allocate(BUCKET_BYTES).putInt(number).array();
  }

  public static byte[] content(OperationId id, Part part) {
    return ByteBuffer.allocate(OperationId.BYTES + 1)
        .putLong(id.high())
        .putLong(id.low())
        .put(code(part))
        .array();
  }

  public static byte[] owned(int hour, byte[] owner, OperationId id) {
    return ByteBuffer.allocate(OWNED_BYTES)
        .putInt(hour)
        .put(owner)
        .putLong(id.high())
        .putLong(id.low())
        .array();
  }

  public static OperationId ownedId(byte[] ownedKey) {
    var buffer =
        ByteBuffer.wrap(ownedKey, BUCKET_BYTES + CallerDigests.OWNER_BYTES, OperationId.BYTES);
    return new OperationId(buffer.getLong(), buffer.getLong());
  }

  public static boolean ownedBy(byte[] ownedKey, byte[] owner) {
    return Arrays.equals(
        ownedKey,
        BUCKET_BYTES,
        BUCKET_BYTES + CallerDigests.OWNER_BYTES,
        owner,
        0,
        CallerDigests.OWNER_BYTES);
  }

  public static byte[] dated(int day, byte[] digest) {
    return ByteBuffer.allocate(BUCKET_BYTES + digest.length).putInt(day).put(digest).array();
  }

  /// Encodes the end of an operation that was not successful.
  public static byte[] unsuccessfulEnd(int end) {
    return ByteBuffer.allocate(Short.BYTES).putShort((short) end).array();
  }

  /// The inverse of [#unsuccessfulEnd(int)]; 0 if it cannot be decoded.
  public static int unsuccessfulEnd(byte[] value) {
    return value.length == Short.BYTES ? ByteBuffer.wrap(value).getShort() : 0;
  }

  // Part of the stored format, so it must not depend on the order of the enum constants.
  private static byte code(Part part) {
    return switch (part) {
      case REQUEST -> 0;
      case RESPONSE -> 1;
    };
  }
}
