package dev.backlane.gateway.http.helidon;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.helidon.common.buffers.BufferData;
import io.helidon.common.buffers.DataReader;
import io.helidon.common.buffers.DataReader.IncorrectNewLineException;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.http.ServerRequest;
import java.io.IOException;
import java.io.InputStream;
import java.net.ProtocolException;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// The content of a request, as the client sends it. For one thread at a time, except [#ended].
///
/// Chunks are decoded here and not by Helidon, which reads each whole into memory, up to 2 GiB, and
/// does not check the line break after it (Helidon 4.5). The last chunk is left to Helidon, which
/// needs it to notice the end of the request.
final class ClientBody extends InputStream {
  /// Of a chunk's size with its extensions.
  private static final int CHUNK_LINE_BYTES_MAX = 4096;

  /// The most hex digits that always fit in a `long`.
  private static final int CHUNK_SIZE_DIGITS_MAX = 15;

  private static final String LINE_BREAK = "\r\n";

  private final ServerRequest request;
  private final ConnectionContext connection;
  private final SlowClients slowClients;
  private final Runnable onClientGone;
  private final boolean chunked;
  private final boolean expected;
  private @Nullable InputStream framed;
  private long left;
  private boolean inChunks;
  private boolean failed;
  private volatile boolean ended;

  /// @param onClientGone runs if a read fails because the connection is closed
  ClientBody(
      ServerRequest request,
      ConnectionContext connection,
      SlowClients slowClients,
      Runnable onClientGone) {
    this.request = request;
    this.connection = connection;
    this.slowClients = slowClients;
    this.onClientGone = onClientGone;
    this.chunked = request.headers().contains(HeaderNames.TRANSFER_ENCODING);
    this.left = chunked ? 0 : request.headers().contentLength().orElse(0);
    this.expected = chunked || left > 0;
    this.ended = !expected;
  }

  /// Whether the request has content.
  boolean expected() {
    return expected;
  }

  /// Whether the content was read to its end.
  boolean ended() {
    return ended;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  /// @throws ProtocolException if the chunks are malformed
  /// @throws IOException if the client is gone, or sent nothing for too long
  @Override
  public int read(byte[] into, int offset, int length) throws IOException {
    Objects.checkFromIndexSize(offset, length, into.length);
    if (length == 0 || ended) {
      return ended ? -1 : 0;
    }
    if (failed) {
      throw new IOException("an earlier read of the content failed");
    }
    slowClients.startWait(connection);
    failed = true;
    try {
      int read = chunked ? chunk(into, offset, length) : bytes(into, offset, length);
      failed = false;
      return read;
    } catch (ProtocolException malformed) {
      throw malformed;
    } catch (IncorrectNewLineException malformed) {
      throw malformed("a line does not end with CR LF");
    } catch (IOException | RuntimeException gone) {
      onClientGone.run();
      throw new IOException("the client's request is incomplete", gone);
    } finally {
      slowClients.endWait(connection);
    }
  }

  // The first use makes Helidon send `100 Continue` if the client waits for it.
  private InputStream framed() {
    if (framed == null) {
      framed = request.content().inputStream();
    }
    return framed;
  }

  private int bytes(byte[] into, int offset, int length) throws IOException {
    int read = left == 0 ? -1 : framed().read(into, offset, (int) Math.min(left, length));
    left -= Math.max(read, 0);
    if (left == 0) {
      endOfRequest();
    }
    return read;
  }

  private int chunk(byte[] into, int offset, int length) throws IOException {
    if (left == 0) {
      left = nextChunk();
      if (left == 0) {
        endOfRequest();
        return -1;
      }
    }
    var reader = connection.dataReader();
    reader.ensureAvailable();
    int piece = (int) Math.min(Math.min(left, length), reader.available());
    int read = reader.readBuffer(piece).read(into, offset, piece);
    left -= read;
    return read;
  }

  private long nextChunk() throws IOException {
    var _ = framed();
    var reader = connection.dataReader();
    if (inChunks && !text(reader.readBuffer(LINE_BREAK.length())).equals(LINE_BREAK)) {
      throw malformed("a chunk is longer than its size");
    }
    inChunks = true;
    int lineBytes = reader.findNewLine(CHUNK_LINE_BYTES_MAX);
    if (lineBytes >= CHUNK_LINE_BYTES_MAX) {
      throw malformed("the size line of a chunk is too long");
    }
    long size = size(text(reader.getBuffer(lineBytes)));
    if (size > 0) {
      reader.skip(lineBytes + LINE_BREAK.length());
    } else {
      requireNothingAfter(reader, lineBytes);
    }
    return size;
  }

  // Helidon reads the last chunk, but no trailers, and a line after it of any length.
  private static void requireNothingAfter(DataReader reader, int lineBytes) throws IOException {
    var last = text(reader.getBuffer(lineBytes + 2 * LINE_BREAK.length()));
    if (!last.equals("0".repeat(lineBytes) + LINE_BREAK + LINE_BREAK)) {
      throw malformed("trailers and other data after the last chunk are not supported");
    }
  }

  /// Reads `1f` or `1f;name=value`; extensions are ignored (RFC 9112 section 7.1.1).
  private static long size(String line) throws ProtocolException {
    int semicolon = line.indexOf(';');
    var digits = (semicolon < 0 ? line : line.substring(0, semicolon)).stripTrailing();
    boolean hex = digits.chars().allMatch(each -> each < 0x80 && Character.digit(each, 16) >= 0);
    if (digits.isEmpty() || digits.length() > CHUNK_SIZE_DIGITS_MAX || !hex) {
      throw malformed("the size of a chunk is not a number");
    }
    return Long.parseLong(digits, 16);
  }

  private void endOfRequest() throws IOException {
    if (framed().read() >= 0) {
      throw new IllegalStateException("Helidon reports more content than the request has");
    }
    ended = true;
  }

  private static String text(BufferData bytes) {
    return bytes.readString(bytes.available(), ISO_8859_1);
  }

  private static ProtocolException malformed(String what) {
    return new ProtocolException("the content's chunks are malformed: " + what);
  }

  /// Reads and discards up to a number of bytes.
  ///
  /// @return whether the content was read to its end
  boolean drained(int bytesMax) {
    byte[] buffer = new byte[4096];
    int drained = 0;
    try {
      while (!ended && drained < bytesMax) {
        drained += Math.max(0, read(buffer, 0, buffer.length));
      }
    } catch (IOException unreadable) {
      return false;
    }
    return ended;
  }

  @Override
  public int available() {
    return (int) Math.min(connection.dataReader().available(), left);
  }

  /// Does nothing: whether the rest is read is decided when the handler has returned.
  @Override
  public void close() {}
}
