package dev.backlane.engine.execution.outcomes;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;
import java.util.zip.CRC32;

/// A seal that authenticates with a checksum and does not encrypt. Thread-safe.
public final class ChecksumSeal implements OutcomeSeal {
  private final int key;

  /// @param key bytes sealed under another key do not open
  public ChecksumSeal(int key) {
    this.key = key;
  }

  @Override
  public byte[] seal(byte[] clear, byte[] name) {
    return ByteBuffer.allocate(Long.BYTES + clear.length)
        .putLong(checksum(clear, name))
        .put(clear)
        .array();
  }

  @Override
  public Optional<byte[]> open(byte[] sealed, byte[] name) {
    if (sealed.length < Long.BYTES) {
      return Optional.empty();
    }
    byte[] clear = Arrays.copyOfRange(sealed, Long.BYTES, sealed.length);
    return ByteBuffer.wrap(sealed).getLong() == checksum(clear, name)
        ? Optional.of(clear)
        : Optional.empty();
  }

  private long checksum(byte[] clear, byte[] name) {
    var sum = new CRC32();
    sum.update(name);
    sum.update(key);
    sum.update(clear);
    return sum.getValue();
  }
}
