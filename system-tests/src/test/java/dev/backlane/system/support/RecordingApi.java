package dev.backlane.system.support;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;

/// The API behind the gateway. Speaks HTTP/1.1 on plain sockets, records each request byte for
/// byte, and responds as the test scripts its path; by default with `200` and the request's body.
/// Thread-safe.
public final class RecordingApi implements AutoCloseable {
  private static final int HEAD_BYTES_MAX = 64 * 1024;

  private final ServerSocket listening;
  private final Map<String, Script> scripts = new ConcurrentHashMap<>();
  private final Map<String, Conversation> conversations = new ConcurrentHashMap<>();
  private final List<Received> received = new CopyOnWriteArrayList<>();
  private final ConcurrentLinkedQueue<Socket> open = new ConcurrentLinkedQueue<>();

  /// The response to requests of one path.
  @FunctionalInterface
  public interface Script {
    /// Writes the complete response, or closes the connection.
    void respond(Received request, Socket client) throws IOException, InterruptedException;
  }

  /// The handling of requests of one path from the first byte of the body.
  @FunctionalInterface
  public interface Conversation {
    /// Reads the body as it arrives and writes the response; the connection is closed afterwards.
    void hold(InputStream body, Socket client) throws IOException, InterruptedException;
  }

  /// A recorded request.
  ///
  /// @param headers the header fields as received, one line each
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  public record Received(String method, String target, List<String> headers, byte[] body) {
    public List<String> values(String name) {
      return headers.stream()
          .filter(line -> line.regionMatches(true, 0, name + ":", 0, name.length() + 1))
          .map(line -> line.substring(name.length() + 1).strip())
          .toList();
    }

    public String path() {
      int query = target.indexOf('?');
      return query < 0 ? target : target.substring(0, query);
    }
  }

  public RecordingApi() {
    this("127.0.0.1");
  }

  /// @param host a literal address
  public RecordingApi(String host) {
    this(host, 0);
  }

  /// @param host a literal address
  /// @param port 0: any free one
  public RecordingApi(String host, int port) {
    try {
      listening = new ServerSocket(port, 200, InetAddress.ofLiteral(host));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Thread.ofVirtual().name("recording-api").start(this::acceptAll);
  }

  public URI url() {
    return URI.create(
        "http://" + listening.getInetAddress().getHostAddress() + ":" + listening.getLocalPort());
  }

  /// Scripts the response to every request of a path.
  public void on(String path, Script script) {
    scripts.put(path, script);
  }

  /// Scripts the handling of every request of a path before its body; such requests are not
  /// recorded.
  public void onHead(String path, Conversation conversation) {
    conversations.put(path, conversation);
  }

  /// All requests of a path so far, in order of arrival.
  public List<Received> received(String path) {
    return received.stream().filter(request -> request.path().equals(path)).toList();
  }

  /// All requests so far, in order of arrival.
  public List<Received> received() {
    return List.copyOf(received);
  }

  /// A response with a text body and its length.
  public static Script responding(int status, String body, String... headers) {
    return (_, client) -> send(client, status, body.getBytes(ISO_8859_1), headers);
  }

  /// Closes the connection without a response.
  public static Script breaking() {
    return (_, client) -> client.close();
  }

  /// One response per request in order; the last one repeats.
  public static Script inTurn(Script... each) {
    var turns = new AtomicInteger();
    return (request, client) ->
        each[Math.min(turns.getAndIncrement(), each.length - 1)].respond(request, client);
  }

  /// Writes a response.
  public static void send(Socket client, int status, byte[] body, String... headers)
      throws IOException {
    var head = new StringBuilder("HTTP/1.1 " + status + " Status\r\n");
    for (String header : headers) {
      head.append(header).append("\r\n");
    }
    if (status != 204 && status != 304) {
      head.append("Content-Length: ").append(body.length).append("\r\n");
    }
    var out = client.getOutputStream();
    out.write(head.append("\r\n").toString().getBytes(ISO_8859_1));
    out.write(body);
    out.flush();
  }

  private void acceptAll() {
    while (!listening.isClosed()) {
      try {
        var client = listening.accept();
        open.add(client);
        Thread.ofVirtual().name("recording-api").start(() -> converse(client));
      } catch (IOException closed) {
        return;
      }
    }
  }

  private void converse(Socket client) {
    try (client) {
      var in = new BufferedInputStream(client.getInputStream());
      while (!client.isClosed()) {
        var head = head(in);
        var conversation = conversations.get(head.path());
        if (conversation != null) {
          conversation.hold(in, client);
          return;
        }
        var request = whole(head, in);
        received.add(request);
        scripts.getOrDefault(request.path(), RecordingApi::echo).respond(request, client);
      }
    } catch (IOException e) {
      // The gateway or the script closed the connection; tests do both.
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private static void echo(Received request, Socket client) throws IOException {
    boolean bodiless = request.method().equals("HEAD");
    send(
        client,
        200,
        bodiless ? new byte[0] : request.body(),
        "Content-Type: application/octet-stream");
  }

  private static Received head(InputStream in) throws IOException {
    var lines = lines(in).lines().toList();
    var parts = lines.getFirst().split(" ", 3);
    return new Received(parts[0], parts[1], lines.subList(1, lines.size()), new byte[0]);
  }

  private static Received whole(Received request, InputStream in) throws IOException {
    byte[] body =
        request.values("Transfer-Encoding").contains("chunked")
            ? chunks(in)
            : exactly(
                in,
                request.values("Content-Length").stream()
                    .mapToInt(Integer::parseInt)
                    .findFirst()
                    .orElse(0));
    return new Received(request.method(), request.target(), request.headers(), body);
  }

  private static String lines(InputStream in) throws IOException {
    var head = new ByteArrayOutputStream();
    int matched = 0;
    while (matched < 4) {
      int next = in.read();
      if (next < 0 || head.size() > HEAD_BYTES_MAX) {
        throw new EOFException();
      }
      head.write(next);
      matched = next == "\r\n\r\n".charAt(matched) ? matched + 1 : next == '\r' ? 1 : 0;
    }
    return head.toString(ISO_8859_1);
  }

  private static byte[] chunks(InputStream in) throws IOException {
    var body = new ByteArrayOutputStream();
    while (true) {
      int size = Integer.parseInt(line(in), 16);
      body.write(exactly(in, size));
      line(in);
      if (size == 0) {
        return body.toByteArray();
      }
    }
  }

  private static String line(InputStream in) throws IOException {
    var line = new StringBuilder();
    for (int next = in.read(); next != '\n'; next = in.read()) {
      if (next < 0) {
        throw new EOFException();
      }
      line.append((char) next);
    }
    return line.toString().strip();
  }

  private static byte[] exactly(InputStream in, int length) throws IOException {
    byte[] bytes = in.readNBytes(length);
    if (bytes.length < length) {
      throw new EOFException();
    }
    return bytes;
  }

  @Override
  public void close() {
    try {
      listening.close();
      for (var client : open) {
        client.close();
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
