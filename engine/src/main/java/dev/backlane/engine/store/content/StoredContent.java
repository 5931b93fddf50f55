package dev.backlane.engine.store.content;

import dev.backlane.engine.store.failure.StoreException;
import java.io.IOException;
import java.io.InputStream;

/// A content in the store. Any number of readers can read it at once, until it is pruned.
public interface StoredContent {
  /// How much [#verify] reads at a time.
  int VERIFY_BYTES = 64 * 1024;

  /// Length in bytes.
  long length();

  /// Reads from an offset to the end; the caller closes the stream.
  ///
  /// @param offset 0 to [#length()]
  /// @throws IllegalArgumentException if the offset is outside this range
  /// @return a stream that returns no byte that was altered: reads of a damaged content throw
  ///     [StoreException.Damaged], or an [IOException] that it caused
  /// @throws StoreException.Damaged if the content is damaged or missing
  /// @throws StoreException if the content cannot be read
  InputStream open(long offset);

  /// Checks that a part of the content can be read and is not altered, by reading it.
  ///
  /// @throws StoreException.Damaged if the content is damaged or missing
  /// @throws StoreException if the content cannot be read
  default void verify(long offset, long length) {
    try (var in = open(offset)) {
      byte[] piece = new byte[(int) Math.min(VERIFY_BYTES, Math.max(1, length))];
      for (long left = length; left > 0; ) {
        int read = in.read(piece, 0, (int) Math.min(piece.length, left));
        if (read < 0) {
          throw new StoreException.Damaged(
              "a stored content is damaged: it ends " + left + " bytes early");
        }
        left -= read;
      }
    } catch (IOException failed) {
      if (failed.getCause() instanceof StoreException cause) {
        throw cause;
      }
      throw new StoreException("a stored content cannot be read: " + failed.getMessage(), failed);
    }
  }

  /// Throws [IllegalArgumentException] unless a content of `length` bytes can be read from
  /// `offset`.
  static void checkOffset(long offset, long length) {
    if (offset < 0 || offset > length) {
      throw new IllegalArgumentException(
          "offset " + offset + " is outside a content of " + length + " bytes");
    }
  }
}
