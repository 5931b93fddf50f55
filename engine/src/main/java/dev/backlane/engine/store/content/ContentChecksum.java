package dev.backlane.engine.store.content;

import dev.backlane.engine.store.failure.StoreException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32C;

/// The checksums of the pieces of a stored body, which detect damage of the storage: CRC-32C (RFC
/// 3720 section 12.1), which the processor computes. Each covers the name of the body and the
/// number of the piece too, so that pieces that were exchanged are detected. They do not protect
/// against an attacker; encrypted bodies are authenticated in addition. Immutable.
public final class ContentChecksum {
  /// The length of a checksum.
  public static final int BYTES = Integer.BYTES;

  private final byte[] name;

  /// @param name of the body in the storage
  public ContentChecksum(String name) {
    this.name = name.getBytes(StandardCharsets.UTF_8);
  }

  /// The checksum of a piece.
  ///
  /// @param number of the piece in its body, from 0
  /// @param piece read from its position to its limit
  public int of(long number, ByteBuffer piece) {
    var sum = new CRC32C();
    sum.update(name);
    sum.update(ByteBuffer.allocate(Long.BYTES).putLong(number).flip());
    sum.update(piece);
    return (int) sum.getValue();
  }

  /// The first `length` bytes of a piece, followed by their checksum.
  public byte[] append(long number, byte[] piece, int length) {
    byte[] stored = Arrays.copyOf(piece, length + BYTES);
    ByteBuffer.wrap(stored).putInt(length, of(number, ByteBuffer.wrap(piece, 0, length)));
    return stored;
  }

  /// The piece without its checksum.
  ///
  /// @param stored as [#append] has returned it
  /// @throws StoreException.Damaged if the piece was altered or truncated
  public byte[] remove(long number, byte[] stored) {
    check(number, ByteBuffer.wrap(stored));
    return Arrays.copyOf(stored, stored.length - BYTES);
  }

  /// Checks a piece that is followed by its checksum.
  ///
  /// @param stored its position and limit do not change
  /// @throws StoreException.Damaged if the piece was altered or truncated
  public void check(long number, ByteBuffer stored) {
    int length = stored.remaining() - BYTES;
    if (length < 0
        || stored.getInt(stored.position() + length)
            != of(number, stored.slice(stored.position(), length))) {
      throw new StoreException.Damaged(
          "the stored content "
              + new String(name, StandardCharsets.UTF_8)
              + " is damaged: the checksum of its piece "
              + number
              + " does not match");
    }
  }
}
