package dev.backlane.app.cli.calls;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.backlane.app.wiring.StartException;
import dev.backlane.client.webhook.WebhookException;
import dev.backlane.client.webhook.WebhookVerifier;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/// Receives notifications on loopback, verifies and prints them, and sends them on.
final class WebhookListener implements AutoCloseable {
  private static final int BODY_BYTES_MAX = 1024 * 1024;
  private static final Duration FORWARD_TIMEOUT = Duration.ofSeconds(15);

  /// What a forwarded notification keeps of its header fields besides `webhook-*`.
  private static final List<String> FORWARDED = List.of("content-type", "x-signature");

  private final HttpServer server;
  private final WebhookVerifier verifier;
  private final Optional<URI> forwardTo;
  private final PrintWriter out;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final HttpClient http =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();

  private WebhookListener(
      HttpServer server, WebhookVerifier verifier, Optional<URI> forwardTo, PrintWriter out) {
    this.server = server;
    this.verifier = verifier;
    this.forwardTo = forwardTo;
    this.out = out;
  }

  /// Opens the port.
  ///
  /// @throws StartException if the port is taken, or the secret is not valid
  static WebhookListener open(int port, String secret, Optional<URI> forwardTo, PrintWriter out) {
    try {
      var server =
          HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 0);
      var listener = new WebhookListener(server, WebhookVerifier.of(secret), forwardTo, out);
      server.createContext("/", listener::receive);
      server.setExecutor(listener.threads);
      server.start();
      return listener;
    } catch (IOException taken) {
      throw new StartException(
          "--port: cannot listen on " + port + ": " + taken.getMessage(), taken);
    } catch (IllegalArgumentException invalid) {
      throw new StartException("--secret: " + invalid.getMessage(), invalid);
    }
  }

  URI url() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/");
  }

  /// Waits until the time is over or the process stops.
  void await(Optional<Duration> time) throws InterruptedException {
    var never = new CountDownLatch(1);
    if (time.isEmpty()) {
      never.await();
    } else if (never.await(time.get().toMillis(), TimeUnit.MILLISECONDS)) {
      throw new IllegalStateException("nothing opens this latch");
    }
  }

  private void receive(HttpExchange exchange) throws IOException {
    try (exchange) {
      byte[] body = exchange.getRequestBody().readNBytes(BODY_BYTES_MAX);
      try {
        var notification =
            verifier.verify(body, name -> exchange.getRequestHeaders().getFirst(name));
        print(
            "verified  "
                + notification.id()
                + "  "
                + notification.status()
                + "  "
                + notification.statusCode()
                + (notification.reference() == null ? "" : "  (" + notification.reference() + ")"));
        print(new String(body, StandardCharsets.UTF_8));
      } catch (WebhookException refused) {
        print("refused   " + refused.getMessage());
        exchange.sendResponseHeaders(400, -1);
        return;
      }
      exchange.sendResponseHeaders(forwardTo.isPresent() ? forward(exchange, body) : 204, -1);
    }
  }

  private int forward(HttpExchange exchange, byte[] body) {
    var target = forwardTo.orElseThrow();
    try {
      var request =
          HttpRequest.newBuilder(target)
              .timeout(FORWARD_TIMEOUT)
              .POST(BodyPublishers.ofByteArray(body));
      exchange
          .getRequestHeaders()
          .forEach((name, values) -> {
            var lower = name.toLowerCase(Locale.ROOT);
            if (lower.startsWith("webhook-") || FORWARDED.contains(lower)) {
              values.forEach(value -> request.header(name, value));
            }
          });
      int status = http.send(request.build(), BodyHandlers.discarding()).statusCode();
      print("forwarded " + target + "  " + status);
      return status;
    } catch (IOException failed) {
      print("forwarded " + target + "  failed: " + failed);
      return 502;
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
      return 503;
    }
  }

  private synchronized void print(String line) {
    out.println(line);
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
    http.shutdownNow();
  }
}
