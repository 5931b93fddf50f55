package dev.backlane.engine.codec;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;

/// Reads the format of [RecordWriter]. For one thread.
public final class RecordReader {
  private static final int NUMBER_BITS = 64;

  // The years that RFC 3339 can express. Another time cannot be shown, nor stored in a column.
  private static final long SECONDS_MIN = Instant.parse("0001-01-01T00:00:00Z").getEpochSecond();
  private static final long SECONDS_MAX = Instant.parse("9999-12-31T23:59:59Z").getEpochSecond();
  private static final int NANOS_MAX = 999_999_999;

  private final byte[] bytes;
  private int position;

  public RecordReader(byte[] bytes) {
    this.bytes = bytes;
  }

  /// Reads one byte, 0 to 255.
  ///
  /// @throws CorruptRecordException if the record is too short
  public int octet() throws CorruptRecordException {
    if (position >= bytes.length) {
      throw new CorruptRecordException("a record of " + bytes.length + " bytes is too short");
    }
    return bytes[position++] & 0xFF;
  }

  public long number() throws CorruptRecordException {
    long value = 0;
    for (int shift = 0; shift < NUMBER_BITS; shift += 7) {
      int octet = octet();
      value |= (long) (octet & 0x7F) << shift;
      if (octet < 0x80) {
        return value;
      }
    }
    throw new CorruptRecordException("a record has an unterminated number at " + position);
  }

  public int count() throws CorruptRecordException {
    long value = number();
    if (value < 0 || value > bytes.length - position) {
      throw new CorruptRecordException(
          "a record declares " + value + " items or bytes and has " + (bytes.length - position));
    }
    return (int) value;
  }

  public byte[] bytes() throws CorruptRecordException {
    int count = count();
    position += count;
    return Arrays.copyOfRange(bytes, position - count, position);
  }

  public String text() throws CorruptRecordException {
    int count = count();
    position += count;
    return new String(bytes, position - count, count, StandardCharsets.UTF_8);
  }

  public Instant instant() throws CorruptRecordException {
    long folded = number();
    long seconds = folded >>> 1 ^ -(folded & 1);
    long nanos = number();
    if (seconds < SECONDS_MIN || seconds > SECONDS_MAX || nanos < 0 || nanos > NANOS_MAX) {
      throw new CorruptRecordException("a record has the impossible time " + seconds + " s");
    }
    return Instant.ofEpochSecond(seconds, nanos);
  }

  public Optional<Instant> optionalInstant() throws CorruptRecordException {
    return octet() == 0 ? Optional.empty() : Optional.of(instant());
  }

  public void end() throws CorruptRecordException {
    if (position != bytes.length) {
      throw new CorruptRecordException(
          "a record has " + (bytes.length - position) + " unexpected bytes at its end");
    }
  }
}
