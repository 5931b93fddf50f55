package dev.backlane.app.fuzz;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/// A connection to the gateway that reads responses strictly by RFC 9112.
final class WireClient implements AutoCloseable {
  private static final int SILENCE_MAX_MILLIS = 20_000;
  private static final Pattern STATUS_LINE =
      Pattern.compile("HTTP/1\\.1 ([1-9][0-9]{2}) [\\t\\x20-\\x7e\\x80-\\xff]*");
  private static final Pattern FIELD =
      Pattern.compile(
          "([!#$%&'*+\\-.^_`|~0-9A-Za-z]+):[ \\t]*([\\t\\x20-\\x7e\\x80-\\xff]*?)[ \\t]*");
  private static final int NO_CONTENT = 204;
  private static final int NOT_MODIFIED = 304;

  private final Socket socket = new Socket();
  private final InputStream in;

  /// A field of a head.
  record Field(String name, String value) {}

  /// A final response. Each byte of the body is one `char`.
  record Received(int status, List<Field> fields, String body) {
    Optional<String> field(String name) {
      return fields.stream()
          .filter(field -> field.name().equalsIgnoreCase(name))
          .map(Field::value)
          .findFirst();
    }

    boolean closes() {
      return fields.stream()
          .anyMatch(field ->
              field.name().equalsIgnoreCase("Connection")
                  && field.value().equalsIgnoreCase("close"));
    }
  }

  /// A response that breaks a rule of HTTP.
  static final class Malformed extends IOException {
    private static final long serialVersionUID = 1;

    Malformed(String message) {
      super(message);
    }
  }

  /// @param from the last part of the client's address: many connections in short time would use up
  ///     the ports of one
  WireClient(int port, int from) throws IOException {
    socket.bind(
        new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 1, 1, (byte) from}), 0));
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    socket.setSoTimeout(SILENCE_MAX_MILLIS);
    socket.setTcpNoDelay(true);
    in = new BufferedInputStream(socket.getInputStream());
  }

  /// Sends bytes; the gateway may close the connection before it has read them all.
  void send(String bytes) {
    try {
      socket.getOutputStream().write(bytes.getBytes(ISO_8859_1));
    } catch (IOException closed) {
      // The response to what was sent before, and the end of the stream, are read.
    }
  }

  /// Ends the stream to the gateway.
  void end() {
    try {
      socket.shutdownOutput();
    } catch (IOException closed) {
      // As above.
    }
  }

  /// The next final response; empty if the connection was closed instead.
  ///
  /// @param method of the request
  /// @throws Malformed if it is no valid response
  /// @throws EOFException if the connection was closed within its content
  Optional<Received> receive(String method) throws IOException {
    while (true) {
      var statusLine = firstLine();
      if (statusLine.isEmpty()) {
        return Optional.empty();
      }
      var parts = STATUS_LINE.matcher(statusLine.get());
      if (!parts.matches()) {
        throw new Malformed("a response begins with " + statusLine.get());
      }
      int status = Integer.parseInt(parts.group(1));
      var fields = new ArrayList<Field>();
      for (var line = line(); !line.isEmpty(); line = line()) {
        var field = FIELD.matcher(line);
        if (!field.matches()) {
          throw new Malformed("a response has the field line " + line);
        }
        fields.add(new Field(field.group(1), field.group(2)));
      }
      if (status >= 200) {
        return Optional.of(
            new Received(status, fields, body(method, new Received(status, fields, ""))));
      }
    }
  }

  /// The last response of the connection; empty if it was closed instead.
  ///
  /// @param contentOptional whether the content may be missing
  /// @throws Malformed also if something follows it
  Optional<Received> receiveLast(boolean contentOptional) throws IOException {
    var last = receive(contentOptional ? "HEAD" : "GET");
    var rest = last.isPresent() ? rest() : "";
    if (!rest.isEmpty()) {
      var length = last.flatMap(response -> response.field("Content-Length")).orElse("");
      if (!contentOptional || !length.equals(Integer.toString(rest.length()))) {
        throw new Malformed("after the last response follows " + rest);
      }
    }
    return last;
  }

  private String rest() throws IOException {
    try {
      return new String(in.readAllBytes(), ISO_8859_1);
    } catch (SocketException reset) {
      return "";
    }
  }

  private String body(String method, Received head) throws IOException {
    var length = head.field("Content-Length");
    var coding = head.field("Transfer-Encoding");
    if (length.isPresent() && coding.isPresent()) {
      throw new Malformed("a response has a length and a transfer coding");
    }
    if (head.status() == NO_CONTENT && (length.isPresent() || coding.isPresent())) {
      throw new Malformed("a response without content has framing");
    }
    if (method.equals("HEAD") || head.status() == NO_CONTENT || head.status() == NOT_MODIFIED) {
      return "";
    }
    if (coding.isPresent()) {
      return chunks();
    }
    if (length.isPresent()) {
      return exactly((int) Math.min(Long.parseLong(length.get()), Integer.MAX_VALUE));
    }
    if (!head.closes()) {
      throw new Malformed("a response has neither a length nor an end");
    }
    return new String(in.readAllBytes(), ISO_8859_1);
  }

  private String chunks() throws IOException {
    var content = new StringBuilder();
    for (int size = size(); size > 0; size = size()) {
      content.append(exactly(size));
      if (!line().isEmpty()) {
        throw new Malformed("a chunk is longer than its size");
      }
    }
    if (!line().isEmpty()) {
      throw new Malformed("a response has trailers");
    }
    return content.toString();
  }

  private int size() throws IOException {
    return Integer.parseInt(line(), 16);
  }

  private String exactly(int length) throws IOException {
    byte[] bytes = in.readNBytes(length);
    if (bytes.length < length) {
      throw new EOFException();
    }
    return new String(bytes, ISO_8859_1);
  }

  private Optional<String> firstLine() throws IOException {
    in.mark(1);
    try {
      if (in.read() < 0) {
        return Optional.empty();
      }
    } catch (SocketException reset) {
      return Optional.empty();
    }
    in.reset();
    return Optional.of(line());
  }

  private String line() throws IOException {
    var line = new ByteArrayOutputStream();
    for (int each = in.read(); each != '\n'; each = in.read()) {
      if (each < 0) {
        throw new EOFException();
      }
      line.write(each);
    }
    var text = line.toString(ISO_8859_1);
    if (!text.endsWith("\r")) {
      throw new Malformed("a line ends with LF alone");
    }
    return text.substring(0, text.length() - 1);
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException closed) {
      // It is closed.
    }
  }
}
