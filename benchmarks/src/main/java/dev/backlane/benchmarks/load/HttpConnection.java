package dev.backlane.benchmarks.load;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;

/// A caller's connection. It uses a plain socket and parses only the head, so that it needs little
/// of the shared CPU. Not thread-safe.
public final class HttpConnection implements AutoCloseable {
  private static final int BUFFER_BYTES = 8 * 1024;

  private final Socket socket;
  private final InputStream in;
  private final OutputStream out;
  private final byte[] buffer = new byte[BUFFER_BYTES];

  /// Where the head of the last response ends in the buffer.
  private int headEnd;

  public HttpConnection(int port) throws IOException {
    socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setTcpNoDelay(true);
    in = socket.getInputStream();
    out = socket.getOutputStream();
  }

  /// Sends a whole request, head and body, and reads the response.
  ///
  /// @param status the status that the response must have
  /// @throws IllegalStateException if it has another status
  public void send(byte[] request, int status) throws IOException {
    out.write(request);
    int filled = 0;
    headEnd = -1;
    while (headEnd < 0) {
      int read = in.read(buffer, filled, buffer.length - filled);
      if (read <= 0) {
        throw new IOException("the response ended within its head");
      }
      filled += read;
      headEnd = HttpBytes.headEnd(buffer, filled);
    }
    if (HttpBytes.status(buffer) != status) {
      throw new IllegalStateException(
          "a status other than " + status + ": " + new String(buffer, 0, filled, ISO_8859_1));
    }
    skip(HttpBytes.contentLength(buffer, headEnd) - (filled - headEnd));
  }

  // Leaves the head as it is.
  private void skip(long bytes) throws IOException {
    for (long left = bytes; left > 0; ) {
      int read = in.read(buffer, headEnd, (int) Math.min(buffer.length - headEnd, left));
      if (read <= 0) {
        throw new IOException("the response ended within its body");
      }
      left -= read;
    }
  }

  /// The value of a field in the head of the last response.
  public String field(String name) {
    var head = new String(buffer, 0, headEnd, ISO_8859_1);
    int at = head.indexOf("\r\n" + name + ": ");
    if (at < 0) {
      throw new IllegalStateException("no field " + name + ": " + head);
    }
    int from = at + name.length() + 4;
    return head.substring(from, head.indexOf('\r', from));
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
