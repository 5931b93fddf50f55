package dev.backlane.demo;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.backlane.gateway.auth.Authentication;
import dev.backlane.gateway.auth.Authenticator;
import dev.backlane.protocol.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigDecimal;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// The slow API behind the gateway of the demo. It does not depend on Backlane, checks the caller's
/// token itself and keeps its invoices in memory. Thread-safe.
///
/// - `GET /v1/invoice/{number}`: returns the invoice at once.
/// - `POST /v1/invoice/{number}/release`: releases and returns it; takes [#releaseTakes].
final class InvoiceApi implements AutoCloseable {
  private static final Pattern INVOICE = Pattern.compile("/v1/invoice/([^/]+)(/release)?");
  private static final int BODY_BYTES_MAX = 64 * 1024;

  private final Authenticator authenticator;
  private final Duration releaseTakes;
  private final Map<String, Invoice> invoices = new ConcurrentHashMap<>();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final HttpServer server;

  /// Starts the API on a free port of 127.0.0.1.
  ///
  /// @param authenticator validates tokens; not closed here
  /// @throws UncheckedIOException if it cannot listen
  InvoiceApi(Authenticator authenticator, Duration releaseTakes) {
    this.authenticator = authenticator;
    this.releaseTakes = releaseTakes;
    add(
        new Invoice(
            "1001", Invoice.Status.BALANCED, "Nordlys AS", new BigDecimal("1250.75"), "NOK"));
    add(
        new Invoice(
            "1002", Invoice.Status.BALANCED, "Fjellheim AS", new BigDecimal("98400.25"), "NOK"));
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0), 0);
    } catch (IOException taken) {
      threads.close();
      throw new UncheckedIOException("the invoice API cannot listen on 127.0.0.1", taken);
    }
    server.setExecutor(threads);
    server.createContext("/", this::handle);
    server.start();
  }

  /// The URL of the API, without a slash at the end.
  URI url() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
  }

  /// How long a release takes.
  Duration releaseTakes() {
    return releaseTakes;
  }

  /// The invoice in its present state, as a release returns it.
  byte[] document(String number) {
    Invoice invoice = invoices.get(number);
    if (invoice == null) {
      throw new IllegalArgumentException("there is no invoice " + number);
    }
    return invoice.json();
  }

  private void add(Invoice invoice) {
    invoices.put(invoice.number(), invoice);
  }

  private void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      String authorization = exchange.getRequestHeaders().getFirst("Authorization");
      switch (authenticator.authenticate(authorization)) {
        case Authentication.Authenticated _ -> route(exchange);
        case Authentication.Refused refused -> {
          exchange.getResponseHeaders().set("WWW-Authenticate", refused.challenge());
          fault(exchange, refused.status(), refused.detail());
        }
      }
    }
  }

  private void route(HttpExchange exchange) throws IOException {
    Matcher path = INVOICE.matcher(exchange.getRequestURI().getPath());
    if (!path.matches()) {
      fault(exchange, 404, "There is no such resource.");
      return;
    }
    boolean release = path.group(2) != null;
    String method = release ? "POST" : "GET";
    Invoice invoice = invoices.get(path.group(1));
    if (!exchange.getRequestMethod().equals(method)) {
      exchange.getResponseHeaders().set("Allow", method);
      fault(exchange, 405, "Use " + method + ".");
    } else if (invoice == null) {
      fault(exchange, 404, "Invoice " + path.group(1) + " does not exist.");
    } else if (release) {
      release(exchange, invoice);
    } else {
      send(exchange, 200, invoice.json());
    }
  }

  private void release(HttpExchange exchange, Invoice invoice) throws IOException {
    if (exchange.getRequestBody().readNBytes(BODY_BYTES_MAX + 1).length > BODY_BYTES_MAX) {
      fault(exchange, 413, "The body is longer than 64 KiB.");
      return;
    }
    try {
      Thread.sleep(releaseTakes);
    } catch (InterruptedException closing) {
      Thread.currentThread().interrupt();
      fault(exchange, 503, "The API is shutting down.");
      return;
    }
    Invoice released = invoice.released();
    add(released);
    send(exchange, 200, released.json());
  }

  private static void fault(HttpExchange exchange, int status, String message) throws IOException {
    send(exchange, status, Json.bytes(Map.of("message", message)));
  }

  private static void send(HttpExchange exchange, int status, byte[] json) throws IOException {
    exchange.getResponseHeaders().set("Content-Type", "application/json; charset=" + UTF_8);
    exchange.sendResponseHeaders(status, json.length);
    exchange.getResponseBody().write(json);
  }

  /// Stops listening and aborts requests in flight.
  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
    threads.close();
  }
}
