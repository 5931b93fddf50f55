package dev.backlane.system.examples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.protocol.webhook.WebhookSecret;
import dev.backlane.protocol.webhook.WebhookSignature;
import dev.backlane.system.support.Deadline;
import dev.backlane.system.support.Http;
import dev.backlane.system.support.Http.Response;
import dev.backlane.system.support.ServerProgram;
import dev.backlane.system.support.TestGateway;
import dev.backlane.system.support.webhooks.AdminClient;
import dev.backlane.system.support.webhooks.NotifiedClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// The receivers of `examples/` accept notifications of the gateway, process each of them once, and
/// refuse forged, altered and old ones.
@Timeout(120)
final class ExampleReceiversTest {
  private static final String SECRET = "whsec_c2lnbmVkLXNpZ25lZC1zaWduZWQtc2lnbmVkLXM=";
  private static final String OLD_SECRET = "whsec_YW5vdGhlci1hbm90aGVyLWFub3RoZXItYW5vdGhlcg==";
  private static final String PATH = "/hooks/backlane";
  private static final Duration START_MAX = Duration.ofSeconds(30);

  @RegisterExtension
  static final TestGateway gateway =
      TestGateway.with(
          AdminClient.SETTINGS
              + "webhooks: { allow-cidrs: [127.0.0.0/8], default-secret: "
              + SECRET
              + " }\n");

  @TempDir private static Path folder;

  @BeforeAll
  static void compile() throws IOException {
    Toolchains.compileTypeScript(Toolchains.EXAMPLES.resolve("node"), folder.resolve("node"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"python", "node", "php", "java", "spring"})
  void processesGenuineNotificationsOnce(String language) throws Exception {
    int port = freePort();
    var notifications = Files.createDirectory(folder.resolve(language + "-notifications"));
    var url = "http://127.0.0.1:" + port + PATH;
    try (var program =
            new ServerProgram(
                command(language, port),
                Map.of(
                    "WEBHOOK_SECRETS",
                    OLD_SECRET + "," + SECRET,
                    "NOTIFICATIONS",
                    notifications.toString()));
        var notified = new NotifiedClient(gateway, "notified-in-" + language)) {
      Deadline.within(START_MAX, language + " listens: " + program.rest(), () -> listens(port));

      var id = notified.call(url);
      notified.operator().awaitDelivery(id, "delivered");
      notified.operator().redeliver(id);
      var delivery = notified.operator().awaitDelivery(id, "delivered", 2);
      assertThat(delivery.statusCodes()).containsExactly(204, 204);

      var now = Instant.now();
      assertThat(send(url, id, now, delivery.body()).status()).isEqualTo(204);
      var old = now.minusSeconds(600);
      assertThat(send(url, id, old, delivery.body()).status()).isEqualTo(400);
      assertRefused(url, id, delivery.body());

      var body = delivery.body();
      Deadline.within(
          START_MAX, "it is processed", () -> !processed(program, notifications).isEmpty());
      assertThat(processed(program, notifications)).containsExactly(body);
    }
  }

  private static void assertRefused(String url, String id, String body) throws Exception {
    var now = Long.toString(Instant.now().getEpochSecond());
    var signature =
        WebhookSignature.standard(
            new WebhookSecret(SECRET), id, Instant.now(), "{}".getBytes(UTF_8));
    for (var wrong : List.of(signature, "v1,Zm9yZ2Vk", "v1,", "")) {
      var response =
          post(url, body, "webhook-id", id, "webhook-timestamp", now, "webhook-signature", wrong);
      assertThat(response.status()).as(wrong).isEqualTo(400);
    }
    assertThat(post(url, body).status()).isEqualTo(400);
    for (var fields :
        List.of(
            List.of("webhook-id", id),
            List.of("webhook-timestamp", now),
            List.of("webhook-id", id, "webhook-timestamp", now),
            List.of("webhook-id", id, "webhook-signature", signature),
            List.of("webhook-timestamp", now, "webhook-signature", signature),
            List.of("webhook-id", id, "webhook-timestamp", "", "webhook-signature", signature),
            List.of("webhook-id", id, "webhook-timestamp", "soon", "webhook-signature", signature),
            List.of(
                "webhook-id",
                id,
                "webhook-timestamp",
                "9".repeat(5_000),
                "webhook-signature",
                "v1,"),
            List.of(
                "webhook-id",
                id,
                "webhook-timestamp",
                now,
                "webhook-signature",
                "* v1 v1,* \u00e9"),
            List.of(
                "webhook-id",
                id,
                "webhook-timestamp",
                now,
                "webhook-signature",
                "v1,x",
                "webhook-signature",
                "v1,y"))) {
      var response = post(url, body, fields.toArray(String[]::new));
      assertThat(response.status()).as(fields.toString()).isEqualTo(400);
    }
    refusesLongBody(url);
    assertThat(post(url, body).status()).as("it still runs").isEqualTo(400);
  }

  private static void refusesLongBody(String url) throws InterruptedException {
    try {
      assertThat(post(url, "x".repeat(1 << 20)).status()).isIn(400, 413);
    } catch (IOException closed) {
      // It refused the body before all of it was sent.
      assertThat(closed).isNotNull();
    }
  }

  // Each request has its own connection, since a receiver may close it after its response.
  private static Response post(String url, String body, String... fields)
      throws IOException, InterruptedException {
    try (var client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build()) {
      return new Http(client, URI.create(url), "").post(url, body, fields);
    }
  }

  private static Response send(String url, String id, Instant time, String body) throws Exception {
    return post(
        url,
        body,
        "webhook-id",
        id,
        "webhook-timestamp",
        Long.toString(time.getEpochSecond()),
        "webhook-signature",
        WebhookSignature.standard(new WebhookSecret(SECRET), id, time, body.getBytes(UTF_8)));
  }

  /// The bodies that the receiver has processed: printed or, by the one in PHP, stored as files.
  private static List<String> processed(ServerProgram program, Path notifications)
      throws IOException {
    var bodies = new ArrayList<>(program.rest());
    bodies.removeIf(line -> !line.startsWith("{"));
    try (var files = Files.list(notifications)) {
      for (var file : files.toList()) {
        bodies.add(Files.readString(file));
      }
    }
    return bodies;
  }

  private static List<String> command(String language, int port) throws IOException {
    var number = Integer.toString(port);
    return switch (language) {
      case "python" -> List.of("python3", "-B", example("python/receiver.py"), number);
      case "node" -> List.of("node", folder.resolve("node/receiver.js").toString(), number);
      case "php" -> List.of("php", "-S", "127.0.0.1:" + port, example("php/receiver.php"));
      case "java" ->
          Toolchains.with(Toolchains.java(Path.of(example("java/Receiver.java"))), number);
      case "spring" ->
          Toolchains.with(
              Toolchains.spring("Receiver"),
              "--server.address=127.0.0.1",
              "--server.port=" + port,
              "--spring.main.banner-mode=off");
      default -> throw new IllegalArgumentException(language);
    };
  }

  private static String example(String file) {
    return Toolchains.EXAMPLES.resolve(file).toString();
  }

  private static boolean listens(int port) {
    try (var probe = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return probe.isConnected();
    } catch (IOException refused) {
      return false;
    }
  }

  // The server of PHP does not choose a port itself.
  private static int freePort() throws IOException {
    try (var probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return probe.getLocalPort();
    }
  }
}
