package dev.backlane.gateway.http.jetty;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// A client that sends bytes as they are given, and reads responses strictly by RFC 9112. When it
/// is closed after a complete response, it asserts that no byte follows the response.
final class RawClient implements AutoCloseable {
  static final int READ_TIMEOUT_MILLIS = 10_000;

  final Socket socket;
  private final InputStream in;
  private boolean headSent;
  private boolean complete;

  /// A response. Each byte of text is one `char`.
  record Received(String statusLine, List<String> fields, String content) {
    int status() {
      return Integer.parseInt(statusLine.substring(9, 12));
    }

    Optional<String> field(String name) {
      return fields.stream()
          .filter(field -> field.regionMatches(true, 0, name + ":", 0, name.length() + 1))
          .map(field -> field.substring(name.length() + 1).strip())
          .findFirst();
    }
  }

  RawClient(int port) throws IOException {
    this(connected(port, 0));
  }

  RawClient(Socket socket) throws IOException {
    this.socket = socket;
    socket.setSoTimeout(READ_TIMEOUT_MILLIS);
    socket.setTcpNoDelay(true);
    in = new BufferedInputStream(socket.getInputStream());
  }

  static Socket connected(int port, int receiveBufferBytes) throws IOException {
    var socket = new Socket();
    if (receiveBufferBytes > 0) {
      socket.setReceiveBufferSize(receiveBufferBytes);
    }
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 5_000);
    return socket;
  }

  RawClient send(String bytes) throws IOException {
    complete = false;
    headSent = bytes.startsWith("HEAD ");
    socket.getOutputStream().write(bytes.getBytes(ISO_8859_1));
    return this;
  }

  Received receive() throws IOException {
    return receive(false);
  }

  /// @param noContent the response is to `HEAD`, or its content is not read
  Received receive(boolean noContent) throws IOException {
    String statusLine = line();
    List<String> fields = new ArrayList<>();
    for (String field = line(); !field.isEmpty(); field = line()) {
      fields.add(field);
    }
    var head = new Received(statusLine, fields, "");
    boolean empty =
        noContent || head.status() < 200 || head.status() == 204 || head.status() == 304;
    var received = new Received(statusLine, fields, empty ? "" : content(head));
    complete = received.status() >= 200 && (!noContent || headSent);
    return received;
  }

  private String content(Received head) throws IOException {
    if (head.field("Transfer-Encoding").isPresent()) {
      var content = new StringBuilder();
      for (int size = size(); size > 0; size = size()) {
        content.append(bytes(size));
        if (!line().isEmpty()) {
          throw new IOException("a chunk is longer than its size");
        }
      }
      if (!line().isEmpty()) {
        throw new IOException("trailers");
      }
      return content.toString();
    }
    var length = head.field("Content-Length");
    return length.isPresent() ? bytes(Integer.parseInt(length.get())) : rest();
  }

  private int size() throws IOException {
    return Integer.parseInt(line(), 16);
  }

  private String bytes(int count) throws IOException {
    byte[] bytes = in.readNBytes(count);
    if (bytes.length < count) {
      throw new IOException("the content ends early");
    }
    return new String(bytes, ISO_8859_1);
  }

  String line() throws IOException {
    var line = new ByteArrayOutputStream();
    for (int each = in.read(); each != '\n'; each = in.read()) {
      if (each < 0) {
        throw new IOException("closed after '" + line.toString(ISO_8859_1) + "'");
      }
      line.write(each);
    }
    String text = line.toString(ISO_8859_1);
    if (!text.endsWith("\r")) {
      throw new IOException("a line ends with LF alone");
    }
    return text.substring(0, text.length() - 1);
  }

  /// What is still received until the connection is closed.
  String rest() throws IOException {
    try {
      return new String(in.readAllBytes(), ISO_8859_1);
    } catch (SocketTimeoutException open) {
      throw new IOException("the connection stays open", open);
    } catch (SocketException reset) {
      return "";
    }
  }

  /// Whether nothing is received for a while, and the connection stays open.
  boolean silent(Duration duration) throws IOException {
    socket.setSoTimeout((int) duration.toMillis());
    try {
      return in.read() == Integer.MIN_VALUE;
    } catch (SocketTimeoutException nothing) {
      return true;
    } finally {
      socket.setSoTimeout(READ_TIMEOUT_MILLIS);
    }
  }

  @Override
  public void close() throws IOException {
    try (socket) {
      if (complete && !socket.isClosed() && !socket.isOutputShutdown()) {
        // The gateway closes an idle connection whose client has ended its stream.
        socket.shutdownOutput();
        assertThat(rest()).as("bytes after the last response").isEmpty();
      }
    } catch (SocketException closed) {
      // The gateway has closed it before.
    }
  }
}
