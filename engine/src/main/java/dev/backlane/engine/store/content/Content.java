package dev.backlane.engine.store.content;

import java.util.Arrays;

/// A body that is to be stored.
public sealed interface Content {
  /// No body.
  Content EMPTY = new Inline(new byte[0]);

  /// Length in bytes.
  long length();

  /// A body small enough to be kept in memory.
  ///
  /// @param bytes must not be modified
  @SuppressWarnings(
      "ArrayRecordComponent") // Equality is defined below; a defensive copy would only cost time.
  record Inline(byte[] bytes) implements Content {
    @Override
    public long length() {
      return bytes.length;
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Inline(byte[] theirs) && Arrays.equals(bytes, theirs);
    }

    @Override
    public int hashCode() {
      return Arrays.hashCode(bytes);
    }

    /// Shows only the length.
    @Override
    public String toString() {
      return "Inline[" + bytes.length + " bytes]";
    }
  }

  /// A body that a [Spool] has written to the storage.
  record Spooled(long length, Spool spool) implements Content {}
}
