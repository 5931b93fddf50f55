package dev.backlane.engine.transfer;

import dev.backlane.engine.store.content.StoredContent;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;

/// A stream of a content that adds the bytes to a checksum as they are read. For one thread.
final class ChecksummedContent extends InputStream {
  private final InputStream in;
  private final long length;
  private final Checksum sum;
  private long read;

  ChecksummedContent(Optional<StoredContent> content, Checksum sum) {
    this.in = content.map(stored -> stored.open(0)).orElseGet(InputStream::nullInputStream);
    this.length = content.map(StoredContent::length).orElse(0L);
    this.sum = sum;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xFF;
  }

  @Override
  public int read(byte[] bytes, int offset, int count) throws IOException {
    int got = in.read(bytes, offset, count);
    if (got > 0) {
      sum.more(bytes, offset, got);
      read += got;
    }
    return got;
  }

  /// Checks that the whole content was read.
  ///
  /// @throws IOException if fewer or more bytes were read than are stored
  void checkWhole() throws IOException {
    if (read != length) {
      throw new IOException("it has " + read + " bytes instead of " + length);
    }
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
