package dev.backlane.client.http;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Objects;

/// A content as a stream. For one thread.
public final class ContentStream extends InputStream {
  private final Pieces pieces;
  private final Deque<ByteBuffer> buffers = new ArrayDeque<>();
  private boolean ended;
  private volatile boolean closed;

  public ContentStream(Pieces pieces) {
    this.pieces = pieces;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] target, int from, int length) throws IOException {
    Objects.checkFromIndexSize(from, length, target.length);
    if (length == 0) {
      return 0;
    }
    while (!closed && !ended && buffers.isEmpty()) {
      fill();
    }
    if (closed) {
      throw new IOException("The content is closed.");
    }
    var buffer = buffers.peek();
    if (buffer == null) {
      return -1;
    }
    int count = Math.min(length, buffer.remaining());
    buffer.get(target, from, count);
    if (!buffer.hasRemaining()) {
      buffers.remove();
    }
    return count;
  }

  private void fill() throws IOException {
    try {
      var piece = pieces.next();
      if (piece == null) {
        ended = true;
        return;
      }
      for (var buffer : piece) {
        if (buffer.hasRemaining()) {
          buffers.add(buffer);
        }
      }
    } catch (InterruptedException interrupted) {
      close();
      Thread.currentThread().interrupt();
      throw (IOException)
          new InterruptedIOException("Reading the content was interrupted.").initCause(interrupted);
    }
  }

  @Override
  public int available() {
    var buffer = buffers.peek();
    return closed || buffer == null ? 0 : buffer.remaining();
  }

  @Override
  public void close() {
    closed = true;
    pieces.close();
  }
}
