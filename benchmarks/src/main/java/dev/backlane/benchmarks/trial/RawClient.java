package dev.backlane.benchmarks.trial;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.util.StringJoiner;
import java.util.regex.Pattern;

/// Sends bytes as they are and reports what came back. For one thread at a time.
final class RawClient implements AutoCloseable {
  private static final Pattern STATUS = Pattern.compile("HTTP/1\\.[01] ([0-9]{3})[^\r\n]*\r\n");
  private static final int CONNECT_MILLIS = 5_000;
  private static final int QUIET_MILLIS = 600;
  private static final int FIRST_MILLIS = 2_500;

  private final Socket socket = new Socket();

  /// @param receiveBytes size of the receive buffer; 0: the usual
  RawClient(int port, int receiveBytes) throws IOException {
    if (receiveBytes > 0) {
      socket.setReceiveBufferSize(receiveBytes);
    }
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), CONNECT_MILLIS);
    socket.setTcpNoDelay(true);
  }

  /// What came back on a connection, and how it ended.
  ///
  /// @param text all bytes, as ISO 8859-1
  /// @param end `open`, `closed` or `reset`
  record Received(String text, String end) {
    /// The statuses in order and the end, such as `100 202, open`.
    String summary() {
      var statuses = new StringJoiner(" ");
      var matcher = STATUS.matcher(text);
      while (matcher.find()) {
        statuses.add(matcher.group(1));
      }
      return (statuses.length() == 0 ? "silence" : statuses) + ", " + end;
    }

    int count(String part) {
      return text.split(Pattern.quote(part), -1).length - 1;
    }

    /// The value of a field of the first response; `none` if it has none.
    String field(String name) {
      var matcher = Pattern.compile("(?i)\r\n" + name + ": *([^\r\n]*)\r\n").matcher(head());
      return matcher.find() ? matcher.group(1) : "none";
    }

    String head() {
      int end = text.indexOf("\r\n\r\n");
      return end < 0 ? text : text.substring(0, end + 2);
    }

    String body() {
      int end = text.indexOf("\r\n\r\n");
      return end < 0 ? "" : text.substring(end + 4);
    }
  }

  /// Sends on a new connection, and reads until it is closed or quiet.
  static Received exchange(int port, String request) {
    return exchange(port, request.getBytes(ISO_8859_1));
  }

  static Received exchange(int port, byte[] request) {
    try (var client = new RawClient(port, 0)) {
      try {
        client.send(request);
      } catch (IOException closedEarly) {
        // What was received until then is still to be read.
      }
      return client.receive();
    } catch (IOException refused) {
      return new Received("", "no connection");
    }
  }

  void send(String text) throws IOException {
    send(text.getBytes(ISO_8859_1));
  }

  void send(byte[] bytes) throws IOException {
    socket.getOutputStream().write(bytes);
  }

  /// Reads until the connection is closed or quiet.
  Received receive() {
    return receive(FIRST_MILLIS, QUIET_MILLIS);
  }

  Received receive(int firstMillis, int quietMillis) {
    var bytes = new ByteArrayOutputStream();
    byte[] buffer = new byte[64 * 1024];
    try {
      socket.setSoTimeout(firstMillis);
      for (int read = read(buffer); read >= 0; read = read(buffer)) {
        bytes.write(buffer, 0, read);
        socket.setSoTimeout(quietMillis);
      }
      return new Received(bytes.toString(ISO_8859_1), "closed");
    } catch (SocketTimeoutException quiet) {
      return new Received(bytes.toString(ISO_8859_1), "open");
    } catch (IOException reset) {
      return new Received(bytes.toString(ISO_8859_1), "reset");
    }
  }

  int read(byte[] buffer) throws IOException {
    return socket.getInputStream().read(buffer);
  }

  /// Sends no more; the other direction stays open.
  void endOutput() throws IOException {
    socket.shutdownOutput();
  }

  /// Makes [#close] reset the connection.
  void resetOnClose() throws IOException {
    socket.setSoLinger(true, 0);
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
