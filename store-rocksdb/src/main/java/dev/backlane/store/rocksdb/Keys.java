package dev.backlane.store.rocksdb;

import dev.backlane.engine.codec.CallerDigests;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.store.content.Part;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Arrays;

/// The keys of the store. All begin with a time, so that what is old lies together and goes together. Stateless.
final class Keys {
  /// Bytes of a bucket's number.
  static final int BUCKET_BYTES = 4;

  /// Bytes of an owner index's key.
  static final int OWNED_BYTES = BUCKET_BYTES + CallerDigests.OWNER_BYTES + OperationId.BYTES;

  private static final long HOUR_MILLIS = 3_600_000;
  private static final long DAY_MILLIS = 24 * HOUR_MILLIS;

  private Keys() {}

  static int hour(OperationId id) {
    return (int) ((id.high() >>> 16) / HOUR_MILLIS);
  }

  /// The bucket of a key that begins with one.
  static int bucketOf(byte[] key) {
    return ByteBuffer.wrap(key).getInt();
  }

  static int day(OperationId id) {
    return (int) ((id.high() >>> 16) / DAY_MILLIS);
  }

  static int day(Instant time) {
    return Math.clamp(
        Math.floorDiv(time.getEpochSecond(), DAY_MILLIS / 1_000), 0, Integer.MAX_VALUE);
  }

  /// The lowest key of a bucket.
  static byte[] bucket(int number) {
    return ByteBuffer.allocate(BUCKET_BYTES).putInt(number).array();
  }

  static byte[] content(OperationId id, Part part) {
    return ByteBuffer.allocate(OperationId.BYTES + 1)
        .putLong(id.high())
        .putLong(id.low())
        .put(code(part))
        .array();
  }

  static byte[] owned(int hour, byte[] owner, OperationId id) {
    return ByteBuffer.allocate(OWNED_BYTES)
        .putInt(hour)
        .put(owner)
        .putLong(id.high())
        .putLong(id.low())
        .array();
  }

  static OperationId ownedId(byte[] ownedKey) {
    var buffer =
        ByteBuffer.wrap(ownedKey, BUCKET_BYTES + CallerDigests.OWNER_BYTES, OperationId.BYTES);
    return new OperationId(buffer.getLong(), buffer.getLong());
  }

  static boolean ownedBy(byte[] ownedKey, byte[] owner) {
    return Arrays.equals(
        ownedKey,
        BUCKET_BYTES,
        BUCKET_BYTES + CallerDigests.OWNER_BYTES,
        owner,
        0,
        CallerDigests.OWNER_BYTES);
  }

  static byte[] dated(int day, byte[] digest) {
    return ByteBuffer.allocate(BUCKET_BYTES + digest.length).putInt(day).put(digest).array();
  }

  // Part of the format on the disk, so not left to the order in which the parts are declared.
  private static byte code(Part part) {
    return switch (part) {
      case REQUEST -> 0;
      case RESPONSE -> 1;
    };
  }
}
