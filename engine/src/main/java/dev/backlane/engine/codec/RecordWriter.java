package dev.backlane.engine.codec;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Arrays;
import java.util.Optional;

/// Writes the compact binary form of a record: whole numbers as variable-length groups of 7 bits,
/// lowest first, with the high bit set on all but the last; texts as UTF-8, preceded by their
/// length. For one thread.
public final class RecordWriter {
  private static final int INITIAL_BYTES = 256;

  private byte[] bytes = new byte[INITIAL_BYTES];
  private int length;

  public RecordWriter octet(int value) {
    ensureCapacity(1);
    bytes[length++] = (byte) value;
    return this;
  }

  /// Writes a number that is rarely negative; a negative one needs 10 bytes.
  public RecordWriter number(long value) {
    ensureCapacity(10);
    long rest = value;
    while ((rest & ~0x7FL) != 0) {
      bytes[length++] = (byte) (rest & 0x7F | 0x80);
      rest >>>= 7;
    }
    bytes[length++] = (byte) rest;
    return this;
  }

  public RecordWriter bytes(byte[] value) {
    number(value.length);
    ensureCapacity(value.length);
    System.arraycopy(value, 0, bytes, length, value.length);
    length += value.length;
    return this;
  }

  public RecordWriter text(String value) {
    return bytes(value.getBytes(StandardCharsets.UTF_8));
  }

  public RecordWriter instant(Instant value) {
    // Zigzag encoding, so that times before 1970 are short too.
    long seconds = value.getEpochSecond();
    return number(seconds << 1 ^ seconds >> 63).number(value.getNano());
  }

  public RecordWriter instant(Optional<Instant> value) {
    octet(value.isPresent() ? 1 : 0);
    value.ifPresent(this::instant);
    return this;
  }

  public byte[] toBytes() {
    return Arrays.copyOf(bytes, length);
  }

  private void ensureCapacity(int more) {
    if (bytes.length - length < more) {
      bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, length + more));
    }
  }
}
