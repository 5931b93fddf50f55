package dev.backlane.engine.store.content;

import java.util.Arrays;

/// A body on its way into the store.
public sealed interface Content {
  /// No body.
  Content EMPTY = new Inline(new byte[0]);

  /// Length in bytes.
  long length();

  /// A body small enough to travel in memory.
  ///
  /// @param bytes not to be changed
  @SuppressWarnings(
      "ArrayRecordComponent") // Equality is defined below; a copy for each hop would buy nothing.
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

    /// Tells the length only.
    @Override
    public String toString() {
      return "Inline[" + bytes.length + " bytes]";
    }
  }

  /// A body that a [Spool] has brought to the disk.
  record Spooled(long length, Spool spool) implements Content {}
}
