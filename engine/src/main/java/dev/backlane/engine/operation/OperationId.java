package dev.backlane.engine.operation;

import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;

/// Identifies an operation: a UUID of version 7 (RFC 9562 section 5.7). Ids sort by the time of
/// receipt, and their age is known without a lookup. Immutable.
///
/// @param high the 64 high bits: 48 bits of Unix time in milliseconds, version, 12 bits of sequence
/// @param low the 64 low bits: variant and 62 random bits
public record OperationId(long high, long low) implements Comparable<OperationId> {
  /// Length of [#bytes()].
  public static final int BYTES = 16;

  /// The latest time of receipt whose id is positive as a signed number, in the year 6429.
  public static final Instant TIME_MAX = Instant.ofEpochMilli((1L << 47) - 1);

  private static final int TEXT_LENGTH = 36;
  private static final int VERSION = 7;
  private static final int VARIANT = 2;

  /// Parses the canonical text form, in either case. Empty for anything else, including UUIDs of
  /// other versions, which are never issued.
  public static Optional<OperationId> parse(String text) {
    if (text.length() != TEXT_LENGTH) {
      return Optional.empty();
    }
    UUID uuid;
    try {
      uuid = UUID.fromString(text);
    } catch (IllegalArgumentException malformed) {
      return Optional.empty();
    }
    boolean canonical = uuid.toString().equalsIgnoreCase(text);
    return canonical && uuid.version() == VERSION && uuid.variant() == VARIANT
        ? Optional.of(
            new OperationId(uuid.getMostSignificantBits(), uuid.getLeastSignificantBits()))
        : Optional.empty();
  }

  /// The inverse of [#bytes()].
  ///
  /// @throws IllegalArgumentException if there are not exactly [#BYTES] bytes
  public static OperationId of(byte[] bytes) {
    if (bytes.length != BYTES) {
      throw new IllegalArgumentException("an operation id has 16 bytes, not " + bytes.length);
    }
    var buffer = ByteBuffer.wrap(bytes);
    return new OperationId(buffer.getLong(), buffer.getLong());
  }

  /// The lowest id that can be issued at `time` or later: the bound of a range of ids.
  public static OperationId lowest(Instant time) {
    return new OperationId(time.toEpochMilli() << 16 | (long) VERSION << 12, 1L << 63);
  }

  /// When the operation was received, to the millisecond.
  public Instant receivedAt() {
    return Instant.ofEpochMilli(high >>> 16);
  }

  /// The lowest value that is higher than this one: a bound of a range of ids.
  public OperationId next() {
    return new OperationId(low == -1 ? high + 1 : high, low + 1);
  }

  /// The highest value that is lower than this one: a bound of a range of ids.
  public OperationId previous() {
    return new OperationId(low == 0 ? high - 1 : high, low - 1);
  }

  /// The 16 bytes in network order; their unsigned order is the order of the ids.
  public byte[] bytes() {
    return ByteBuffer.allocate(BYTES).putLong(high).putLong(low).array();
  }

  @Override
  public int compareTo(OperationId other) {
    int byHigh = Long.compareUnsigned(high, other.high);
    return byHigh != 0 ? byHigh : Long.compareUnsigned(low, other.low);
  }

  /// The canonical text form in lower case.
  @Override
  public String toString() {
    return new UUID(high, low).toString();
  }
}
