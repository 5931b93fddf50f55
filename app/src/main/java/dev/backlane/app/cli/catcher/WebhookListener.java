package dev.backlane.app.cli.catcher;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.backlane.app.wiring.StartException;
import dev.backlane.client.webhook.Notification;
import dev.backlane.client.webhook.WebhookException;
import dev.backlane.client.webhook.WebhookVerifier;
import dev.backlane.protocol.Json;
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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/// Receives notifications on loopback, verifies and prints them, and sends them on. Thread-safe.
public final class WebhookListener implements AutoCloseable {
  private static final int BODY_BYTES_MAX = 1024 * 1024;
  private static final int NO_CONTENT = 204;
  private static final int BAD_REQUEST = 400;

  /// What a forwarded notification keeps of its header fields besides `webhook-*`.
  private static final List<String> FORWARDED = List.of("content-type", "x-signature");

  /// How a listener works.
  ///
  /// @param port 0: any free port
  /// @param secret verifies signatures
  /// @param forwardTo where verified notifications are sent; empty: nowhere
  /// @param forwardMax the longest wait for the response of that server
  /// @param json whether a line of JSON is printed for each notification
  public record Settings(
      int port, String secret, Optional<URI> forwardTo, Duration forwardMax, boolean json) {
    /// On a free port, without forwarding.
    public static Settings onFreePort(String secret) {
      return new Settings(0, secret, Optional.empty(), Duration.ZERO, false);
    }

    /// Omits the secret.
    @Override
    public String toString() {
      return "Settings[" + port + ", " + forwardTo + "]";
    }
  }

  private final HttpServer server;
  private final WebhookVerifier verifier;
  private final Settings settings;
  private final PrintWriter out;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final HttpClient http =
      HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5)).build();

  private WebhookListener(
      HttpServer server, WebhookVerifier verifier, Settings settings, PrintWriter out) {
    this.server = server;
    this.verifier = verifier;
    this.settings = settings;
    this.out = out;
  }

  /// Opens the port.
  ///
  /// @throws StartException if the port is taken, or the secret is not valid
  public static WebhookListener open(Settings settings, PrintWriter out) {
    var verifier = verifier(settings.secret());
    try {
      var server =
          HttpServer.create(
              new InetSocketAddress(InetAddress.getLoopbackAddress(), settings.port()), 0);
      var listener = new WebhookListener(server, verifier, settings, out);
      server.createContext("/", listener::receive);
      server.setExecutor(listener.threads);
      server.start();
      return listener;
    } catch (IOException taken) {
      throw new StartException(
          "cannot listen on port "
              + settings.port()
              + " of 127.0.0.1: "
              + taken.getMessage()
              + "; set another --port, or 0 for any free port",
          taken);
    }
  }

  private static WebhookVerifier verifier(String secret) {
    try {
      return WebhookVerifier.of(secret);
    } catch (IllegalArgumentException invalid) {
      throw new StartException("--secret: " + invalid.getMessage(), invalid);
    }
  }

  /// Its address.
  public URI url() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/");
  }

  /// Waits until the time is over or the process stops.
  public void await(Optional<Duration> time) throws InterruptedException {
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
      Notification notification;
      try {
        notification = verifier.verify(body, name -> exchange.getRequestHeaders().getFirst(name));
      } catch (WebhookException refused) {
        printRefused(String.valueOf(refused.getMessage()));
        exchange.sendResponseHeaders(BAD_REQUEST, -1);
        return;
      }
      int status = NO_CONTENT;
      String forwarded = "";
      if (settings.forwardTo().isPresent()) {
        var result = forward(settings.forwardTo().get(), exchange, body);
        status = result.status();
        forwarded = result.text();
      }
      printVerified(notification, forwarded);
      exchange.sendResponseHeaders(status, -1);
    }
  }

  /// What became of a forwarded notification.
  ///
  /// @param status what the gateway receives
  private record Forwarded(int status, String text) {}

  private Forwarded forward(URI target, HttpExchange exchange, byte[] body) {
    try {
      var request =
          HttpRequest.newBuilder(target)
              .timeout(settings.forwardMax())
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
      return new Forwarded(status, target + " responded " + status);
    } catch (IOException failed) {
      var why = failed.getMessage() == null ? "connection refused" : failed.getMessage();
      return new Forwarded(502, target + " did not respond: " + why);
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
      return new Forwarded(503, "stopped");
    }
  }

  private synchronized void printRefused(String why) {
    if (settings.json()) {
      var document = new LinkedHashMap<String, Object>();
      document.put("verified", false);
      document.put("detail", why);
      out.println(text(document));
    } else {
      out.println("refused   " + why);
    }
  }

  private synchronized void printVerified(Notification notification, String forwarded) {
    if (settings.json()) {
      var document = new LinkedHashMap<String, Object>();
      document.put("verified", true);
      document.put("notification", notification);
      document.put("forwarded", forwarded.isEmpty() ? null : forwarded);
      out.println(text(document));
      return;
    }
    out.println(
        "verified  "
            + notification.id()
            + "  "
            + (notification.status() == null ? notification.eventType() : notification.status())
            + (notification.statusCode() == 0 ? "" : " " + notification.statusCode())
            + (notification.reference() == null ? "" : "  (" + notification.reference() + ")"));
    if (notification.contentLocation() != null) {
      out.println("          content at " + notification.contentLocation());
    }
    if (!forwarded.isEmpty()) {
      out.println("          forwarded: " + forwarded);
    }
  }

  private static String text(Object document) {
    return new String(Json.bytes(document), StandardCharsets.UTF_8);
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
    http.shutdownNow();
  }
}
