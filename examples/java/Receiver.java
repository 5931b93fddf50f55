import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.backlane.client.webhook.WebhookException;
import dev.backlane.client.webhook.WebhookVerifier;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;

/// Receives notifications, verifies them, and prints each of them once:
///
/// ```sh
/// WEBHOOK_SECRETS=whsec_... java --class-path 'lib/*' Receiver.java PORT
/// ```
final class Receiver {
  private static final int BODY_BYTES_MAX = 64 * 1024;

  private final WebhookVerifier verifier;

  // In production: a table with a unique key, written in the same transaction as the work.
  private final Set<String> processed = ConcurrentHashMap.newKeySet();

  private Receiver(WebhookVerifier verifier) {
    this.verifier = verifier;
  }

  public static void main(String[] arguments) throws IOException {
    var verifier = WebhookVerifier.of(System.getenv("WEBHOOK_SECRETS").split(","));
    var receiver = new Receiver(verifier);
    var address =
        new InetSocketAddress(InetAddress.getLoopbackAddress(), Integer.parseInt(arguments[0]));
    var server = HttpServer.create(address, 50);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext(
        "/hooks/backlane",
        exchange -> {
          try (exchange) {
            exchange.sendResponseHeaders(receiver.receive(exchange), -1);
          }
        });
    server.start();
    System.out.println("http://127.0.0.1:" + server.getAddress().getPort() + "/hooks/backlane");
  }

  private int receive(HttpExchange exchange) throws IOException {
    // The raw bytes, which are signed.
    byte[] body = exchange.getRequestBody().readNBytes(BODY_BYTES_MAX);
    try {
      var notification = verifier.verify(body, exchange.getRequestHeaders()::getFirst);
      if (processed.add(notification.id())) { // A notification can arrive twice.
        System.out.println(new String(body, StandardCharsets.UTF_8));
      }
      return 204;
    } catch (WebhookException notGenuine) {
      return 400;
    }
  }
}
