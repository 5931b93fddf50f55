package dev.backlane.engine.store.content;

import dev.backlane.engine.store.StoreException;
import java.io.InputStream;

/// A content in the store. Any number of readers can read it at once, until it is pruned.
public interface StoredContent {
  /// Length in bytes.
  long length();

  /// Reads from an offset to the end; the caller closes the stream.
  ///
  /// @param offset 0 to [#length()]
  /// @throws IllegalArgumentException if the offset is outside this range
  /// @throws StoreException if the content cannot be read, such as after it was pruned
  InputStream open(long offset);

  /// Throws [IllegalArgumentException] unless a content of `length` bytes can be read from
  /// `offset`.
  static void checkOffset(long offset, long length) {
    if (offset < 0 || offset > length) {
      throw new IllegalArgumentException(
          "offset " + offset + " is outside a content of " + length + " bytes");
    }
  }
}
