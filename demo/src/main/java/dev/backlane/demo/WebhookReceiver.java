package dev.backlane.demo;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.backlane.protocol.Headers;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/// The receiver of the client's webhook: accepts every notification with 204. Thread-safe.
final class WebhookReceiver implements AutoCloseable {
  private static final String PATH = "/hooks/backlane";
  private static final int NO_CONTENT = 204;
  private static final int BODY_BYTES_MAX = 64 * 1024;

  private static final List<String> SHOWN =
      List.of(
          "Content-Type",
          Headers.WEBHOOK_ID,
          Headers.WEBHOOK_TIMESTAMP,
          Headers.WEBHOOK_SIGNATURE,
          Headers.X_SIGNATURE,
          "x-order");

  private final HttpServer server;
  private final BlockingQueue<Received> received = new LinkedBlockingQueue<>();

  /// A received notification.
  ///
  /// @param headers those that the demo prints, by name in any letter case
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  record Received(URI uri, Map<String, String> headers, byte[] body) {
    /// @throws DemoFailedException if there is no such header
    String header(String name) {
      var value = headers.get(name);
      if (value == null) {
        throw new DemoFailedException("the notification has no header " + name);
      }
      return value;
    }
  }

  WebhookReceiver() {
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    } catch (IOException refused) {
      throw new UncheckedIOException("the demo's receiver cannot listen", refused);
    }
    server.createContext(PATH, this::receive);
    server.start();
  }

  private void receive(HttpExchange exchange) throws IOException {
    try (exchange) {
      byte[] body = exchange.getRequestBody().readNBytes(BODY_BYTES_MAX);
      var headers = new TreeMap<String, String>(String.CASE_INSENSITIVE_ORDER);
      for (String name : SHOWN) {
        Optional.ofNullable(exchange.getRequestHeaders().getFirst(name))
            .ifPresent(value -> headers.put(name, value));
      }
      received.add(new Received(url(), headers, body));
      exchange.sendResponseHeaders(NO_CONTENT, -1);
    }
  }

  URI url() {
    return URI.create(
        "http://"
            + server.getAddress().getHostString()
            + ":"
            + server.getAddress().getPort()
            + PATH);
  }

  /// The next notification.
  ///
  /// @throws DemoFailedException if none is received in time
  Received next(Duration within) throws InterruptedException {
    var next = received.poll(within.toMillis(), TimeUnit.MILLISECONDS);
    if (next == null) {
      throw new DemoFailedException(
          "no notification was received within " + within.toSeconds() + " s");
    }
    return next;
  }

  @Override
  public void close() {
    server.stop(0);
  }
}
