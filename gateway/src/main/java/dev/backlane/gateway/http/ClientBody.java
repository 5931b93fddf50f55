package dev.backlane.gateway.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.helidon.common.buffers.BufferData;
import io.helidon.common.buffers.DataReader;
import io.helidon.common.buffers.DataReader.IncorrectNewLineException;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.http.ServerRequest;
import java.io.IOException;
import java.io.InputStream;
import java.net.ProtocolException;
import java.util.Objects;

/// The body of a request, piece by piece as the client sends it. For one thread at a time.
///
/// Chunks are read here and not by the web server, which takes each into memory whole, up to 2 GiB, and does not look at the
/// line break behind it (Helidon 4.5). The last chunk is left to the web server, which learns from it that the request is over.
public final class ClientBody extends InputStream {
  /// A chunk's size with its extensions. What is longer serves no purpose.
  private static final int CHUNK_LINE_BYTES_MAX = 4096;

  /// As many as surely fit a `long`.
  private static final int CHUNK_SIZE_DIGITS_MAX = 15;

  private static final String LINE_BREAK = "\r\n";

  private final InputStream framed;
  private final ClientConnection connection;
  private final SlowClients slowClients;
  private final boolean chunked;
  private long left;
  private boolean begun;
  private boolean ended;

  ClientBody(ServerRequest request, ClientConnection connection, SlowClients slowClients) {
    this.chunked = request.headers().contains(HeaderNames.TRANSFER_ENCODING);
    this.left = chunked ? 0 : request.headers().contentLength().orElse(0);
    this.framed = request.content().inputStream();
    this.connection = connection;
    this.slowClients = slowClients;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  /// @throws ProtocolException if the body's chunks are malformed
  /// @throws IOException if the client is gone, or was silent for too long
  @Override
  public int read(byte[] into, int offset, int length) throws IOException {
    Objects.checkFromIndexSize(offset, length, into.length);
    if (length == 0 || ended) {
      return ended ? -1 : 0;
    }
    slowClients.await(connection.context());
    try {
      return chunked ? chunk(into, offset, length) : bytes(into, offset, length);
    } catch (IncorrectNewLineException malformed) {
      throw malformed("a line of it does not end with CR LF");
    } catch (RuntimeException gone) {
      throw new IOException("the client's request broke off", gone);
    } finally {
      slowClients.heard(connection.context());
    }
  }

  private int bytes(byte[] into, int offset, int length) throws IOException {
    int read = left == 0 ? -1 : framed.read(into, offset, (int) Math.min(left, length));
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
    var reader = connection.reader();
    reader.ensureAvailable();
    int piece = (int) Math.min(Math.min(left, length), reader.available());
    int read = reader.readBuffer(piece).read(into, offset, piece);
    left -= read;
    return read;
  }

  private long nextChunk() throws IOException {
    var reader = connection.reader();
    if (begun && !text(reader.readBuffer(LINE_BREAK.length())).equals(LINE_BREAK)) {
      throw malformed("a chunk is longer than its size");
    }
    begun = true;
    int lineBytes = reader.findNewLine(CHUNK_LINE_BYTES_MAX);
    if (lineBytes >= CHUNK_LINE_BYTES_MAX) {
      throw malformed("the size of a chunk is too long");
    }
    long size = size(text(reader.getBuffer(lineBytes)));
    if (size > 0) {
      reader.skip(lineBytes + LINE_BREAK.length());
    } else {
      requireNothingBehind(reader, lineBytes);
    }
    return size;
  }

  // The web server reads the last chunk, but no trailers, and a line behind it of any length.
  private static void requireNothingBehind(DataReader reader, int lineBytes) throws IOException {
    var last = text(reader.getBuffer(lineBytes + 2 * LINE_BREAK.length()));
    if (!last.equals("0".repeat(lineBytes) + LINE_BREAK + LINE_BREAK)) {
      throw malformed("what follows the last one is not understood");
    }
  }

  /// Reads `1f` or `1f;name=value`, whose extension means nothing (RFC 9112 section 7.1.1).
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
    ended = true;
    if (framed.read() >= 0) {
      throw new IllegalStateException("the web server sees more of a body than was sent");
    }
  }

  private static String text(BufferData bytes) {
    return bytes.readString(bytes.available(), ISO_8859_1);
  }

  private static ProtocolException malformed(String what) {
    return new ProtocolException("the body's chunks are malformed: " + what);
  }

  /// Reads up to a number of bytes and forgets them.
  ///
  /// @return true if the body ended with them
  public boolean drained(int bytesMax) {
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
    return (int) Math.min(connection.reader().available(), left);
  }

  /// Does nothing: the connection goes on if the body was read to its end, and is closed otherwise.
  @Override
  public void close() {}
}
