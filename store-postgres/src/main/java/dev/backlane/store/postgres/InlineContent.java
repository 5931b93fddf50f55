package dev.backlane.store.postgres;

import dev.backlane.engine.store.StoredContent;
import java.io.ByteArrayInputStream;
import java.io.InputStream;

/// A content that lies in its operation's row. Thread-safe.
@SuppressWarnings("ArrayRecordComponent") // Never compared.
record InlineContent(byte[] bytes) implements StoredContent {
  @Override
  public long length() {
    return bytes.length;
  }

  @Override
  public InputStream open(long offset) {
    ChunkedContent.checkOffset(offset, length());
    return new ByteArrayInputStream(bytes, (int) offset, (int) (length() - offset));
  }
}
