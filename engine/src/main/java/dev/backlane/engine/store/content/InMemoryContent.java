package dev.backlane.engine.store.content;

import java.io.ByteArrayInputStream;
import java.io.InputStream;

/// A stored content that was read into memory.
///
/// @param bytes must not be modified
@SuppressWarnings("ArrayRecordComponent") // Never compared; a defensive copy would only cost time.
public record InMemoryContent(byte[] bytes) implements StoredContent {
  /// An empty content.
  public static final InMemoryContent NONE = new InMemoryContent(new byte[0]);

  @Override
  public long length() {
    return bytes.length;
  }

  /// Does nothing: the bytes were checked when they were read.
  @Override
  public void verify(long offset, long length) {
    StoredContent.checkOffset(offset, bytes.length);
  }

  @Override
  public InputStream open(long offset) {
    StoredContent.checkOffset(offset, bytes.length);
    return new ByteArrayInputStream(bytes, (int) offset, bytes.length - (int) offset);
  }
}
