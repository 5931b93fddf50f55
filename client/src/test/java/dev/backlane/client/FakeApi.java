package dev.backlane.client;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;

/// A server with the documented behavior only: no long polls, no ETags, no idempotency keys, no
/// `Retry-After`. An operation ends after a number of polls.
public final class FakeApi implements AutoCloseable {
  private final HttpServer server;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final Map<String, AtomicInteger> pollsLeft = new ConcurrentHashMap<>();
  private final Map<String, Long> begins = new ConcurrentHashMap<>();
  private final Map<String, String> bodies = new ConcurrentHashMap<>();

  /// Every request, as `METHOD path`.
  public final List<String> requests = new CopyOnWriteArrayList<>();

  /// The header fields of the calls that were accepted.
  final List<Map<String, List<String>>> calls = new CopyOnWriteArrayList<>();

  /// Whether a token is valid.
  public volatile Predicate<String> valid = token -> true;

  /// The polls after which an operation ends.
  volatile int polls = 1;

  /// How long an operation runs at least.
  volatile Duration endsAfter = Duration.ZERO;

  /// Closes this many connections of calls without a response, after the call was accepted.
  final AtomicInteger lostResponses = new AtomicInteger();

  /// Refuses this many requests with 503.
  final AtomicInteger unavailable = new AtomicInteger();

  /// The state document of an ended operation.
  volatile String end =
      """
      "status": "Finished", "statusCode": 201, "hasResponseContent": true,
      "responseHeaders": {"Content-Type": "text/plain; charset=utf-8", "X-Invoice": "7"}\
      """;

  public FakeApi() {
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    } catch (IOException taken) {
      throw new UncheckedIOException(taken);
    }
    server.setExecutor(threads);
    server.createContext("/", this::handle);
    server.start();
  }

  public URI uri() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
  }

  private void handle(HttpExchange exchange) throws IOException {
    var path = exchange.getRequestURI().getPath();
    requests.add(exchange.getRequestMethod() + " " + path);
    var body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    var token =
        Optional.ofNullable(exchange.getRequestHeaders().getFirst("Authorization")).orElse("");
    if (unavailable.getAndUpdate(count -> Math.max(0, count - 1)) > 0) {
      respond(exchange, 503, "");
    } else if (!valid.test(token.replaceFirst("^Bearer ", ""))) {
      respond(exchange, 401, "");
    } else if (exchange.getRequestHeaders().containsKey("erp-api-background")) {
      accept(exchange, body);
    } else if (path.startsWith("/v1/background/")) {
      operation(exchange, path.split("/", -1));
    } else {
      respond(exchange, 404, "");
    }
  }

  private void accept(HttpExchange exchange, String body) throws IOException {
    var id = "op-" + (calls.size() + 1);
    calls.add(Map.copyOf(exchange.getRequestHeaders()));
    pollsLeft.put(id, new AtomicInteger(polls));
    begins.put(id, System.nanoTime());
    bodies.put(id, body);
    if (lostResponses.getAndUpdate(count -> Math.max(0, count - 1)) > 0) {
      exchange.close();
      return;
    }
    respond(exchange, 202, "{\"id\": \"%s\", \"stateLocation\": \"ignored\"}".formatted(id));
  }

  private void operation(HttpExchange exchange, String[] path) throws IOException {
    var id = path[3];
    var left = pollsLeft.get(id);
    if (id.equals("foreign")) {
      respond(exchange, 403, "");
    } else if (id.equals("old") && path.length > 4) {
      respond(exchange, 410, "");
    } else if (left == null) {
      respond(exchange, 404, "");
    } else if (path.length > 4) {
      respond(exchange, 200, "echo " + bodies.get(id));
    } else {
      respond(exchange, 200, state(id, ended(id) && left.getAndDecrement() <= 0));
    }
  }

  private boolean ended(String id) {
    return System.nanoTime() - begins.getOrDefault(id, 0L) >= endsAfter.toNanos();
  }

  private String state(String id, boolean ended) {
    return """
    {"id": "%s", "receivedUtc": "2026-01-31T12:00:00.123Z", "startedUtc": "2026-01-31T12:00:01",
     "finishedUtc": null, "webhookAddress": "none", "hasRequestContent": true, %s}\
    """
        .formatted(
            id,
            ended
                ? end
                : "\"status\": \"Started\", \"statusCode\": 0, \"hasResponseContent\": false");
  }

  private static void respond(HttpExchange exchange, int status, String body) throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  @Override
  public void close() {
    server.stop(0);
    threads.close();
  }
}
