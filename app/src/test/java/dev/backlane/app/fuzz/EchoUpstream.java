package dev.backlane.app.fuzz;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;

/// An API that reads requests strictly and responds to each with what it has read, or with scripted
/// bytes. Thread-safe.
final class EchoUpstream implements AutoCloseable {
  static final String MARK = "X-Echo";

  private final ServerSocket listening;
  private final ConcurrentLinkedQueue<Socket> open = new ConcurrentLinkedQueue<>();
  private final ConcurrentLinkedQueue<ReferenceParser.Found> received =
      new ConcurrentLinkedQueue<>();
  private final ConcurrentLinkedQueue<String> violations = new ConcurrentLinkedQueue<>();
  private final Map<String, Scripted> scripts = new ConcurrentHashMap<>();

  /// Bytes to respond with.
  ///
  /// @param ends whether the stream ends after them
  record Scripted(String bytes, boolean ends) {}

  EchoUpstream() throws IOException {
    listening = new ServerSocket(0, 200, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().name("echo-upstream").start(this::acceptAll);
  }

  URI uri() {
    return URI.create("http://127.0.0.1:" + listening.getLocalPort());
  }

  /// Removes and returns the requests received so far.
  List<ReferenceParser.Found> takeReceived() {
    var taken = new ArrayList<ReferenceParser.Found>();
    for (var each = received.poll(); each != null; each = received.poll()) {
      taken.add(each);
    }
    return taken;
  }

  /// Requests that were not framed strictly.
  List<String> violations() {
    return List.copyOf(violations);
  }

  /// Responds to the next request of a target with these bytes.
  void script(String target, Scripted response) {
    scripts.put(target, response);
  }

  private void acceptAll() {
    while (!listening.isClosed()) {
      try {
        var client = listening.accept();
        client.setTcpNoDelay(true);
        open.add(client);
        Thread.ofVirtual().name("echo-upstream").start(() -> serve(client));
      } catch (IOException closed) {
        return;
      }
    }
  }

  private void serve(Socket client) {
    var bytes = new StringBuilder();
    try (client) {
      var in = new BufferedInputStream(client.getInputStream());
      while (true) {
        bytes.setLength(0);
        readRequest(in, bytes);
        var parsed = ReferenceParser.parse(bytes.toString());
        if (parsed.end() != ReferenceParser.End.COMPLETE || parsed.requests().size() != 1) {
          violations.add(ReferenceParser.visible(bytes.toString()));
          return;
        }
        var request = parsed.requests().getFirst();
        if (bytes.toString().toLowerCase(Locale.ROOT).contains("\r\nerp-api-background:")) {
          violations.add(ReferenceParser.visible(bytes.toString()));
        }
        received.add(request);
        var script = scripts.remove(request.target());
        client
            .getOutputStream()
            .write((script == null ? echo(request) : script.bytes()).getBytes(ISO_8859_1));
        if (script != null && script.ends()) {
          client.shutdownOutput();
          in.transferTo(OutputStream.nullOutputStream());
          return;
        }
      }
    } catch (IOException ended) {
      // The gateway closes connections within requests whose clients have failed.
    }
  }

  private static String echo(ReferenceParser.Found request) {
    var body = request.method().equals("HEAD") ? "" : request.echo();
    return "HTTP/1.1 200 OK\r\n"
        + MARK
        + ": 1\r\nContent-Type: text/plain\r\nContent-Length: "
        + request.echo().length()
        + "\r\n\r\n"
        + body;
  }

  /// Reads the bytes of one request: the strict parser checks them afterwards.
  private static void readRequest(InputStream in, StringBuilder bytes) throws IOException {
    var head = lines(in, bytes);
    var lower = head.toLowerCase(Locale.ROOT);
    int length = lower.indexOf("\r\ncontent-length:");
    if (length >= 0) {
      int begin = length + "\r\ncontent-length:".length();
      long announced = Long.parseLong(head.substring(begin, head.indexOf('\r', begin)).strip());
      read(in, (int) Math.min(announced, Integer.MAX_VALUE), bytes);
    } else if (lower.contains("\r\ntransfer-encoding:")) {
      for (int size = size(in, bytes); size > 0; size = size(in, bytes)) {
        read(in, size + 2, bytes);
      }
      read(in, 2, bytes);
    }
  }

  private static int size(InputStream in, StringBuilder bytes) throws IOException {
    var line = new StringBuilder();
    while (line.indexOf("\r\n") < 0) {
      read(in, 1, line);
    }
    bytes.append(line);
    return Integer.parseInt(line.substring(0, line.length() - 2), 16);
  }

  private static String lines(InputStream in, StringBuilder bytes) throws IOException {
    var head = new ByteArrayOutputStream();
    int last = 0;
    while (last < 4) {
      int next = in.read();
      if (next < 0) {
        throw new EOFException();
      }
      head.write(next);
      last = next == "\r\n\r\n".charAt(last) ? last + 1 : next == '\r' ? 1 : 0;
    }
    bytes.append(head.toString(ISO_8859_1));
    return head.toString(ISO_8859_1);
  }

  private static void read(InputStream in, int count, StringBuilder bytes) throws IOException {
    byte[] read = in.readNBytes(count);
    bytes.append(new String(read, ISO_8859_1));
    if (read.length < count) {
      throw new EOFException();
    }
  }

  @Override
  public void close() {
    try {
      listening.close();
      for (var client : open) {
        client.close();
      }
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
  }
}
