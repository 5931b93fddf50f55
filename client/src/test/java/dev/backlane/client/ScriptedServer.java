package dev.backlane.client;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/// A server on plain sockets that sends the bytes that a test scripts, so that it can also violate
/// the protocol. Each connection serves one request. Thread-safe.
public final class ScriptedServer implements AutoCloseable {
  /// `POST /v1/background/op-1` and its content, as most tests use them.
  public static final String STATE = "GET /v1/background/op-1";

  public static final String CONTENT = "GET /v1/background/op-1/content";

  private final ServerSocket listening;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final ConcurrentLinkedQueue<Socket> open = new ConcurrentLinkedQueue<>();
  private final Map<String, Script> scripts = new ConcurrentHashMap<>();
  private final List<Received> received = new CopyOnWriteArrayList<>();
  private final CountDownLatch closing = new CountDownLatch(1);

  /// The response to a request.
  @FunctionalInterface
  public interface Script {
    void respond(Received request, OutputStream out) throws IOException, InterruptedException;
  }

  /// A request.
  ///
  /// @param line method and target
  /// @param headers names in lower case, repeated values joined by `|`
  public record Received(String line, Map<String, String> headers, String body) {
    public String header(String name) {
      return headers.getOrDefault(name, "");
    }
  }

  public ScriptedServer() {
    try {
      listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    } catch (IOException taken) {
      throw new UncheckedIOException(taken);
    }
    on("POST /call", text(202, "{\"id\": \"op-1\"}"));
    threads.execute(this::acceptAll);
  }

  public URI uri() {
    return URI.create("http://127.0.0.1:" + listening.getLocalPort());
  }

  /// Scripts the responses to the requests that begin with a method and a target.
  public ScriptedServer on(String line, Script script) {
    scripts.put(line, script);
    return this;
  }

  /// Scripts the state of an operation that has ended with a content.
  public ScriptedServer finished(String headers) {
    return on(
        STATE,
        text(
            200,
            """
            {"id": "op-1", "status": "Finished", "statusCode": 200, "hasResponseContent": true,
             "responseHeaders": {%s}}\
            """
                .formatted(headers)));
  }

  /// The requests so far with a method and a target.
  public List<Received> received(String line) {
    return received.stream().filter(request -> request.line().equals(line)).toList();
  }

  /// A complete response.
  public static Script text(int status, String body, String... headers) {
    return bytes(status, body.getBytes(UTF_8), headers);
  }

  /// A complete response.
  public static Script bytes(int status, byte[] body, String... headers) {
    return (request, out) -> {
      head(out, status, body.length, headers);
      out.write(body);
    };
  }

  /// The beginning of a response, whose body is not complete.
  public static Script partly(int status, int length, byte[] beginning, String... headers) {
    return (request, out) -> {
      head(out, status, length, headers);
      out.write(beginning);
    };
  }

  /// One response a request, in order; the last one repeats.
  public static Script inTurn(Script... each) {
    var turns = new AtomicInteger();
    return (request, out) ->
        each[Math.min(turns.getAndIncrement(), each.length - 1)].respond(request, out);
  }

  /// The same, and after it nothing until the server is closed.
  public Script stalling(Script beginning) {
    return (request, out) -> {
      beginning.respond(request, out);
      out.flush();
      closing.await();
    };
  }

  /// No byte until the server is closed.
  public Script silence() {
    return stalling((request, out) -> {});
  }

  /// Writes the head of a response.
  public static void head(OutputStream out, int status, long length, String... headers)
      throws IOException {
    var head = new StringBuilder("HTTP/1.1 " + status + " Status\r\nConnection: close\r\n");
    for (var header : headers) {
      head.append(header).append("\r\n");
    }
    out.write(
        head.append("Content-Length: ")
            .append(length)
            .append("\r\n\r\n")
            .toString()
            .getBytes(ISO_8859_1));
  }

  private void acceptAll() {
    while (true) {
      try {
        var client = listening.accept();
        open.add(client);
        threads.execute(() -> serve(client));
      } catch (IOException closed) {
        return;
      }
    }
  }

  private void serve(Socket client) {
    try (client) {
      var request = read(new BufferedInputStream(client.getInputStream()));
      received.add(request);
      scripts
          .getOrDefault(request.line(), text(404, ""))
          .respond(request, client.getOutputStream());
    } catch (IOException closed) {
      // The client has closed its connection, as some tests intend.
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
  }

  private static Received read(InputStream in) throws IOException {
    var first = line(in).split(" ", -1);
    var headers = new TreeMap<String, String>();
    for (var field = line(in); !field.isEmpty(); field = line(in)) {
      var parts = field.split(":", 2);
      headers.merge(
          parts[0].toLowerCase(Locale.ROOT), parts[1].strip(), (one, other) -> one + "|" + other);
    }
    int length = Integer.parseInt(headers.getOrDefault("content-length", "0"));
    return new Received(
        first[0] + " " + first[1], headers, new String(in.readNBytes(length), UTF_8));
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

  @Override
  public void close() {
    closing.countDown();
    try {
      listening.close();
      for (var client : open) {
        client.close();
      }
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
    threads.close();
  }
}
