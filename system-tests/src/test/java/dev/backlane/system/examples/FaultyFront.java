package dev.backlane.system.examples;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Locale;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/// A proxy in front of a gateway that fails as scripted: one fault per request, in order of
/// arrival; later requests pass. Thread-safe.
final class FaultyFront implements AutoCloseable {
  private static final int BACKLOG = 50;

  /// Fields that belong to a connection; the HTTP client of the JDK sets them itself.
  private static final Set<String> OF_A_CONNECTION =
      Set.of("connection", "content-length", "expect", "host", "transfer-encoding", "upgrade");

  private final URI gateway;
  private final Queue<Fault> faults;
  private final List<Seen> seen = new CopyOnWriteArrayList<>();
  private final HttpServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  /// What happens to a request.
  enum Fault {
    /// It passes.
    NONE,
    /// It gets 503 with `Retry-After: 1`.
    UNAVAILABLE,
    /// It passes, and the connection is closed instead of the response.
    LOST,
    /// It gets 401, as if its token had expired.
    UNAUTHORIZED
  }

  /// A request.
  ///
  /// @param nanos when it arrived, by [System#nanoTime]
  record Seen(long nanos, String method, String target, String idempotencyKey, String token) {}

  FaultyFront(URI gateway, Fault... faults) {
    this.gateway = gateway;
    this.faults = new ArrayDeque<>(List.of(faults));
    try {
      server =
          HttpServer.create(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0), BACKLOG);
    } catch (IOException e) {
      throw new UncheckedIOException("the front cannot listen on 127.0.0.1", e);
    }
    server.setExecutor(threads);
    server.createContext(
        "/",
        exchange -> {
          try (exchange) {
            handle(exchange);
          }
        });
    server.start();
  }

  URI url() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
  }

  /// All requests so far.
  List<Seen> seen() {
    return List.copyOf(seen);
  }

  private void handle(HttpExchange exchange) throws IOException {
    var fields = exchange.getRequestHeaders();
    seen.add(
        new Seen(
            System.nanoTime(),
            exchange.getRequestMethod(),
            exchange.getRequestURI().toString(),
            String.valueOf(fields.getFirst("Idempotency-Key")),
            String.valueOf(fields.getFirst("Authorization"))));
    switch (nextFault()) {
      case NONE -> send(exchange, forwarded(exchange));
      case UNAVAILABLE -> {
        exchange.getRequestBody().readAllBytes();
        exchange.getResponseHeaders().set("Retry-After", "1");
        exchange.sendResponseHeaders(503, -1);
      }
      // The exchange is closed without a response, and its connection with it.
      case LOST -> forwarded(exchange);
      case UNAUTHORIZED -> {
        exchange.getRequestBody().readAllBytes();
        exchange.getResponseHeaders().set("WWW-Authenticate", "Bearer error=\"invalid_token\"");
        exchange.sendResponseHeaders(401, -1);
      }
    }
  }

  private synchronized Fault nextFault() {
    var fault = faults.poll();
    return fault == null ? Fault.NONE : fault;
  }

  private HttpResponse<byte[]> forwarded(HttpExchange exchange) throws IOException {
    var request =
        HttpRequest.newBuilder(URI.create(gateway + exchange.getRequestURI().toString()))
            .method(
                exchange.getRequestMethod(),
                BodyPublishers.ofByteArray(exchange.getRequestBody().readAllBytes()));
    exchange
        .getRequestHeaders()
        .forEach((name, values) -> {
          if (!OF_A_CONNECTION.contains(name.toLowerCase(Locale.ROOT))) {
            values.forEach(value -> request.header(name, value));
          }
        });
    try {
      return client.send(request.build(), BodyHandlers.ofByteArray());
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", interrupted);
    }
  }

  private static void send(HttpExchange exchange, HttpResponse<byte[]> response)
      throws IOException {
    response
        .headers()
        .map()
        .forEach((name, values) -> {
          if (!OF_A_CONNECTION.contains(name.toLowerCase(Locale.ROOT))) {
            exchange.getResponseHeaders().put(name, values);
          }
        });
    byte[] body = response.body();
    exchange.sendResponseHeaders(response.statusCode(), body.length == 0 ? -1 : body.length);
    exchange.getResponseBody().write(body);
  }

  @Override
  public void close() {
    server.stop(0);
    client.shutdownNow();
    threads.shutdownNow();
  }
}
