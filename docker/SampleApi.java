import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;

// The slow API of compose.yaml. Every request takes DELAY_SECONDS and is echoed as JSON.

static final int PORT = 9000;
static final int BODY_BYTES_MAX = 64 * 1024;
static final Duration DELAY =
    Duration.ofSeconds(Integer.parseInt(System.getenv().getOrDefault("DELAY_SECONDS", "5")));

void main() throws IOException {
  var server = HttpServer.create(new InetSocketAddress("0.0.0.0", PORT), 50);
  server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
  server.createContext("/", this::respond);
  server.start();
  IO.println("Sample API listens on port " + PORT);
}

void respond(HttpExchange exchange) throws IOException {
  try (exchange) {
    int bodyBytes = exchange.getRequestBody().readNBytes(BODY_BYTES_MAX).length;
    Thread.sleep(DELAY);
    var document =
        "{\"method\":\"%s\",\"path\":\"%s\",\"bodyBytes\":%d}\n"
            .formatted(
                exchange.getRequestMethod(), exchange.getRequestURI().getRawPath(), bodyBytes)
            .getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.sendResponseHeaders(200, document.length);
    exchange.getResponseBody().write(document);
  } catch (InterruptedException interrupted) {
    Thread.currentThread().interrupt();
  }
}
