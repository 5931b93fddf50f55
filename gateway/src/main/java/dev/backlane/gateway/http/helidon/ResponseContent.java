package dev.backlane.gateway.http.helidon;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/// The content of a streamed response. Each write is handed to the network before it returns, as one
/// chunk if the length is unknown. For one thread at a time.
final class ResponseContent extends OutputStream {
  private static final int CHUNK_BYTES_MAX = 16 * 1024;

  /// Enough for the size of a chunk in hex digits and a line break.
  private static final int CHUNK_PREFIX_BYTES = 8;

  private static final int LINE_BREAK_BYTES = 2;
  private static final byte[] LAST_CHUNK = "0\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  private final Framing framing;
  private final Connection connection;
  private final byte[] chunk;
  private long left;
  private boolean closed;

  /// The client's connection.
  @FunctionalInterface
  interface Connection {
    void write(byte[] bytes, int offset, int length) throws IOException;
  }

  ResponseContent(Framing framing, Connection connection) {
    this.framing = framing;
    this.connection = connection;
    this.left = framing.hasContent() ? framing.length().orElse(0) : 0;
    this.chunk =
        new byte[framing.chunked() ? CHUNK_PREFIX_BYTES + CHUNK_BYTES_MAX + LINE_BREAK_BYTES : 0];
  }

  @Override
  public void write(int one) throws IOException {
    write(new byte[] {(byte) one}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    Objects.checkFromIndexSize(offset, length, bytes.length);
    if (closed) {
      throw new IOException("the response has ended");
    }
    if (!framing.hasContent() || length == 0) {
      return;
    }
    if (framing.chunked()) {
      writeChunks(bytes, offset, length);
      return;
    }
    if (length > left) {
      throw new IOException("the content is longer than its Content-Length");
    }
    connection.write(bytes, offset, length);
    left -= length;
  }

  private void writeChunks(byte[] bytes, int offset, int length) throws IOException {
    for (int written = 0; written < length; ) {
      int count = Math.min(length - written, CHUNK_BYTES_MAX);
      byte[] size = (Integer.toHexString(count) + "\r\n").getBytes(StandardCharsets.US_ASCII);
      int from = CHUNK_PREFIX_BYTES - size.length;
      int end = CHUNK_PREFIX_BYTES + count;
      System.arraycopy(size, 0, chunk, from, size.length);
      System.arraycopy(bytes, offset + written, chunk, CHUNK_PREFIX_BYTES, count);
      chunk[end] = '\r';
      chunk[end + 1] = '\n';
      connection.write(chunk, from, end + LINE_BREAK_BYTES - from);
      written += count;
    }
  }

  /// Ends the response. Idempotent.
  @Override
  public void close() throws IOException {
    if (!closed) {
      if (framing.chunked()) {
        connection.write(LAST_CHUNK, 0, LAST_CHUNK.length);
      }
      closed = true;
    }
  }

  /// Whether the stream was closed after all of the announced content.
  boolean complete() {
    return closed && left == 0;
  }
}
