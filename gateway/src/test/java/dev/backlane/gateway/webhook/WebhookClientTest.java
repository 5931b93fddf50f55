package dev.backlane.gateway.webhook;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.backlane.engine.delivery.DeliveryVerdict;
import dev.backlane.engine.operation.Header;
import dev.backlane.gateway.address.Cidr;
import dev.backlane.gateway.connect.SilentAddress;
import dev.backlane.gateway.upstream.ScriptedServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// The addresses to which notifications are sent, for each result of name resolution.
@Timeout(30)
final class WebhookClientTest {
  private static final Requester CALLER = new Requester("acme", "robot");
  private static final InetAddress PUBLIC = InetAddress.ofLiteral("93.184.215.14");
  private static final InetAddress METADATA = InetAddress.ofLiteral("169.254.169.254");
  private static final InetAddress SILENT = InetAddress.ofLiteral("127.0.0.2");
  private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");
  private static final List<Cidr> LOOPBACK_ALLOWED = List.of(Cidr.parse("127.0.0.0/8"));
  private static final byte[] BODY = "{}".getBytes(UTF_8);

  private final BlockingQueue<String> hosts = new LinkedBlockingQueue<>();
  private HttpServer server;

  /// Returns one result after another, then the last one forever.
  private static final class Scripted implements HostResolver {
    private final Deque<List<InetAddress>> results;
    private int asked;

    Scripted(List<List<InetAddress>> results) {
      this.results = new ArrayDeque<>(results);
    }

    @Override
    public synchronized List<InetAddress> resolve(String host, Requester requester) {
      asked++;
      return results.size() > 1 ? results.remove() : results.element();
    }
  }

  @BeforeEach
  void listen() throws IOException {
    server = HttpServer.create(new InetSocketAddress(LOOPBACK, 0), 0);
    server.createContext(
        "/",
        exchange -> {
          try (exchange) {
            hosts.add(exchange.getRequestHeaders().getFirst("Host"));
            exchange.getRequestBody().readAllBytes();
            switch (exchange.getRequestURI().getPath()) {
              case "/moved" -> {
                exchange.getResponseHeaders().set("Location", "/elsewhere");
                exchange.sendResponseHeaders(302, -1);
              }
              case "/long" -> {
                exchange.sendResponseHeaders(200, 0);
                exchange.getResponseBody().write("x".repeat(100_000).getBytes(UTF_8));
              }
              case "/endless" -> {
                exchange.sendResponseHeaders(200, 0);
                while (true) {
                  exchange.getResponseBody().write(new byte[8192]);
                }
              }
              default -> exchange.sendResponseHeaders(204, -1);
            }
          }
        });
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  @Test
  void callsTheAddressesThatWereChecked() throws Exception {
    var resolver = new Scripted(List.of(List.of(LOOPBACK), List.of(METADATA)));
    assertThat(post(LOOPBACK_ALLOWED, resolver, at("hooks.example.com", "/")))
        .isInstanceOf(DeliveryVerdict.Responded.class);
    assertThat(resolver.asked).isEqualTo(1);
  }

  @Test
  void doesNotCallANameReboundInward() throws Exception {
    var resolver = new Scripted(List.of(List.of(LOOPBACK), List.of(METADATA)));
    try (var client = client(LOOPBACK_ALLOWED, resolver, Duration.ofSeconds(1))) {
      assertThat(post(client, at("hooks.example.com", "/")))
          .isInstanceOf(DeliveryVerdict.Responded.class);
      assertThat(post(client, at("hooks.example.com", "/")))
          .isInstanceOfSatisfying(
              DeliveryVerdict.NoResponse.class,
              refused ->
                  assertThat(refused.cause()).contains("metadata").doesNotContain("169.254"));
    }
    assertThat(hosts).hasSize(1);
  }

  @Test
  void doesNotCallANameWithOneInternalAddress() throws Exception {
    var resolver = new Scripted(List.of(List.of(PUBLIC, LOOPBACK)));
    assertThat(post(List.of(), resolver, at("hooks.example.com", "/")))
        .isInstanceOf(DeliveryVerdict.NoResponse.class);
    assertThat(hosts).isEmpty();
  }

  @Test
  void doesNotCallLoopbackInAnySpelling() throws Exception {
    for (String host :
        List.of(
            "127.0.0.1",
            "localhost",
            "localhost.",
            "[::1]",
            "[::ffff:127.0.0.1]",
            "127.1",
            "2130706433",
            "0x7f000001",
            "0177.0.0.1",
            "0.0.0.0")) {
      assertThat(post(List.of(), (_, _) -> List.of(LOOPBACK), at(host, "/")))
          .as(host)
          .isInstanceOf(DeliveryVerdict.NoResponse.class);
    }
    assertThat(hosts).isEmpty();
  }

  @Test
  void callsAnAllowedAddressUnderItsName() throws Exception {
    var url = at("hooks.example.com", "/");
    assertThat(post(LOOPBACK_ALLOWED, (_, _) -> List.of(LOOPBACK), url))
        .isInstanceOfSatisfying(
            DeliveryVerdict.Responded.class,
            response -> assertThat(response.statusCode()).isEqualTo(204));
    assertThat(hosts).containsExactly(url.getAuthority());
  }

  @Test
  void triesEveryAddressInOneAttempt() throws Exception {
    try (var silent = new SilentAddress(SILENT, server.getAddress().getPort())) {
      assertThat(silent).isNotNull();
      assertThat(
              post(
                  LOOPBACK_ALLOWED,
                  (_, _) -> List.of(SILENT, LOOPBACK),
                  at("hooks.example.com", "/")))
          .isInstanceOf(DeliveryVerdict.Responded.class);
    }
  }

  @Test
  void doesNotFollowRedirects() throws Exception {
    assertThat(post(LOOPBACK_ALLOWED, (_, _) -> List.of(LOOPBACK), at("127.0.0.1", "/moved")))
        .isInstanceOfSatisfying(
            DeliveryVerdict.Responded.class,
            response -> {
              assertThat(response.statusCode()).isEqualTo(302);
              assertThat(response.success()).isFalse();
            });
    assertThat(hosts).hasSize(1);
  }

  @Test
  void keepsTheFirstKibibyteOfALongResponse() throws Exception {
    assertThat(post(LOOPBACK_ALLOWED, (_, _) -> List.of(LOOPBACK), at("127.0.0.1", "/long")))
        .isInstanceOfSatisfying(
            DeliveryVerdict.Responded.class,
            response -> assertThat(response.excerpt()).isEqualTo("x".repeat(1024)));
  }

  @Test
  void doesNotReadAnEndlessResponseToItsEnd() throws Exception {
    assertThat(post(LOOPBACK_ALLOWED, (_, _) -> List.of(LOOPBACK), at("127.0.0.1", "/endless")))
        .isInstanceOfSatisfying(
            DeliveryVerdict.Responded.class, response -> assertThat(response.success()).isTrue());
  }

  @Test
  void silentReceiverEndsWithTheTimeout() throws Exception {
    try (var silent = new ServerSocket(0, 1, LOOPBACK)) {
      var url = URI.create("http://127.0.0.1:" + silent.getLocalPort() + "/");
      assertThat(post(LOOPBACK_ALLOWED, (_, _) -> List.of(LOOPBACK), url))
          .isInstanceOfSatisfying(
              DeliveryVerdict.NoResponse.class,
              nothing -> assertThat(nothing.cause()).contains("within 1000 ms"));
    }
  }

  /// RFC 9110 section 5.5: bytes above 0x7F are opaque.
  @Test
  void sendsBytesOutsideAsciiAsTheyCame() throws Exception {
    var value = new String("Übersicht à".getBytes(UTF_8), ISO_8859_1);
    try (var receiver =
        new ScriptedServer(wire -> {
          hosts.add(wire.readRequest());
          wire.send("HTTP/1.1 204 No Content\r\n\r\n");
        })) {
      try (var client =
          client(LOOPBACK_ALLOWED, (_, _) -> List.of(LOOPBACK), Duration.ofSeconds(1))) {
        client.post(receiver.uri(), CALLER, List.of(new Header("X-Name", value)), BODY);
      }
      assertThat(hosts.poll(10, TimeUnit.SECONDS)).contains("\r\nX-Name: " + value + "\r\n");
    }
  }

  private URI at(String host, String path) {
    return URI.create("http://" + host + ":" + server.getAddress().getPort() + path);
  }

  private static DeliveryVerdict post(List<Cidr> allowed, HostResolver resolver, URI url) {
    try (var client = client(allowed, resolver, Duration.ofSeconds(1))) {
      return post(client, url);
    }
  }

  private static DeliveryVerdict post(WebhookClient client, URI url) {
    return client.post(url, CALLER, List.of(new Header("webhook-id", "1")), BODY);
  }

  private static WebhookClient client(List<Cidr> allowed, HostResolver resolver, Duration timeout) {
    return new WebhookClient(
        new WebhookAddresses(allowed, resolver),
        timeout,
        4,
        WebhookClientTest::tls,
        "Backlane/test",
        InstantSource.system());
  }

  private static SSLContext tls() {
    try {
      return SSLContext.getDefault();
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
