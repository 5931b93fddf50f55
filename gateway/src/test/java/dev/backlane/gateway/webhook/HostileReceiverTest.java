package dev.backlane.gateway.webhook;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.engine.delivery.DeliveryVerdict;
import dev.backlane.engine.operation.Header;
import dev.backlane.gateway.address.Cidr;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/// Whatever bytes a receiver sends, an attempt ends with a verdict about the receiver.
@Timeout(30)
final class HostileReceiverTest {
  private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");
  private static final Requester CALLER = new Requester("acme", "robot");
  private static final byte[] BODY = "{}".getBytes(UTF_8);
  private static final Duration TIMEOUT = Duration.ofSeconds(1);
  private static final String OK = "HTTP/1.1 200 OK\r\n";

  private final BlockingQueue<String> requestLines = new LinkedBlockingQueue<>();
  private final AtomicInteger connections = new AtomicInteger();
  private ServerSocket server;
  private WebhookClient client;
  private volatile String response = "";
  private volatile boolean keepOpen;

  @BeforeEach
  void listen() throws IOException {
    server = new ServerSocket(0, 50, LOOPBACK);
    Thread.ofVirtual().start(this::serve);
    client =
        new WebhookClient(
            new WebhookAddresses(List.of(Cidr.parse("127.0.0.0/8")), (_, _) -> List.of(LOOPBACK)),
            TIMEOUT,
            4,
            HostileReceiverTest::tls,
            "Backlane/test",
            InstantSource.system());
  }

  @AfterEach
  void stop() throws IOException {
    client.close();
    server.close();
  }

  private void serve() {
    try {
      while (true) {
        var socket = server.accept();
        connections.incrementAndGet();
        Thread.ofVirtual().start(() -> respond(socket));
      }
    } catch (IOException closed) {
      assertThat(server.isClosed()).isTrue();
    }
  }

  private void respond(Socket socket) {
    try (socket) {
      var in = new BufferedReader(new InputStreamReader(socket.getInputStream(), ISO_8859_1));
      do {
        var line = in.readLine();
        if (line == null) {
          return;
        }
        requestLines.add(line);
        while (!line.isEmpty()) {
          line = in.readLine();
        }
        in.read(new char[BODY.length], 0, BODY.length);
        socket.getOutputStream().write(response.getBytes(ISO_8859_1));
      } while (keepOpen);
    } catch (IOException gone) {
      assertThat(gone).isNotNull();
    }
  }

  private DeliveryVerdict post() {
    return post("http://receiver:" + server.getLocalPort() + "/hook");
  }

  private DeliveryVerdict post(String url) {
    return client.post(URI.create(url), CALLER, List.of(new Header("webhook-id", "1")), BODY);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "HTTP/1.1 000 X\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 0 X\r\n\r\n",
        "HTTP/1.1 -1 X\r\n\r\n",
        "HTTP/1.1 -200 X\r\n\r\n",
        "HTTP/1.1 99 X\r\n\r\n",
        "HTTP/1.1 2147483648 X\r\n\r\n",
        "HTTP/1.1 99999999999999999999 X\r\n\r\n",
        "HTTP/1.1 abc X\r\n\r\n",
        "HTTP/1.1\r\n\r\n",
        "HTTP/1.1 \r\n\r\n",
        "HTTP/ 200 OK\r\n\r\n",
        "HTTP/9.9 200 OK\r\n\r\n",
        "HTTP/-1.-1 200 OK\r\n\r\n",
        "HTTP/99999999999.1 200 OK\r\n\r\n",
        "\r\n\r\n",
        "hello",
        "\0\0\0\0",
        "SSH-2.0-OpenSSH_9.2\r\n",
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: \0\r\n\r\n",
        "HTTP/1.1 100 Continue\r\n\r\n",
        ""
      })
  void noValidStatusIsNoResponseOfTheReceiver(String bytes) {
    response = bytes;
    assertThat(post())
        .isInstanceOfSatisfying(
            DeliveryVerdict.NoResponse.class,
            nothing -> assertThat(nothing.cause()).isNotBlank().doesNotContain("gateway itself"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Content-Length: abc\r\n\r\n",
        "Content-Length: -1\r\n\r\n",
        "Content-Length: 99999999999999999999\r\n\r\n",
        "Content-Length: 1\r\nContent-Length: 2\r\n\r\n",
        "Content-Length:\r\n\r\n",
        "Content-Length: 10\r\n\r\nshort",
        "Content-Length: 0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "Transfer-Encoding: gzip\r\n\r\n",
        "Transfer-Encoding: \0\r\n\r\n",
        "Transfer-Encoding: chunked, chunked\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\nnonsense\r\n",
        "Transfer-Encoding: chunked\r\n\r\n-5\r\nabc",
        "Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\nabc",
        "Content-Encoding: gzip\r\n\r\nno gzip",
        "Content-Type: \0/;;;=\r\n\r\n",
        "Content-Type: text/plain; charset=none-such\r\n\r\nx",
        "Retry-After: 1\r\nRetry-After: 2\r\n\r\n",
        "Retry-After: 99999999999999999999\r\n\r\n",
        "Set-Cookie: \0=;;;; expires=never\r\n\r\n",
        "Location: ::://\r\n\r\n",
        "Connection: \0,,,\r\nKeep-Alive: timeout=x, max=99999999999999999999\r\n\r\n",
        "Keep-Alive: timeout=-9223372036854775809\r\n\r\n",
        "Upgrade: \0\r\nConnection: upgrade\r\n\r\n",
        "WWW-Authenticate: \r\nProxy-Authenticate: \0\r\n\r\n",
        "no colon in this line\r\n\r\n",
        ": no name\r\n\r\n",
        " : folded without a field\r\n\r\n",
        "a b: c\r\n\r\n",
        "\0: \0\r\n\r\n",
        "Date: yesterday\r\nAge: -1\r\nWarning: x\r\n\r\n"
      })
  void theStatusDecidesWhateverFollows(String rest) {
    for (int status : List.of(200, 204, 304, 401, 407, 410, 429, 503)) {
      response = "HTTP/1.1 " + status + " X\r\n" + rest;
      assertThat(post())
          .as(status + " " + rest)
          .isInstanceOfSatisfying(
              DeliveryVerdict.Responded.class,
              responded -> assertThat(responded.statusCode()).isEqualTo(status));
    }
  }

  @Test
  void readsTheFirstOfSeveralRetryAfter() {
    response = "HTTP/1.1 503 X\r\nRetry-After: 7\r\nRetry-After: 9\r\n\r\n";
    assertThat(post())
        .isInstanceOfSatisfying(
            DeliveryVerdict.Responded.class,
            responded -> assertThat(responded.retryAfter()).contains(Duration.ofSeconds(7)));
  }

  @Test
  void boundsTheHeadOfAResponse() {
    for (var head :
        List.of(OK + "a".repeat(1 << 20), OK + "a: b\r\n".repeat(100_000), "\r\n".repeat(10_000))) {
      response = head + "\r\n\r\n";
      assertThat(post()).isInstanceOf(DeliveryVerdict.NoResponse.class);
    }
  }

  @Test
  void aConnectionWithUnrequestedBytesIsNotUsedAgain() {
    keepOpen = true;
    for (var extra :
        List.of("HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n", "x", "\r\n", OK + "\r\n")) {
      response = OK + "Content-Length: 2\r\n\r\nok" + extra;
      int before = connections.get();
      for (int each = 0; each < 3; each++) {
        assertThat(post())
            .isInstanceOfSatisfying(
                DeliveryVerdict.Responded.class,
                responded -> {
                  assertThat(responded.statusCode()).isEqualTo(200);
                  assertThat(responded.excerpt()).isEqualTo("ok");
                });
      }
      assertThat(connections.get() - before).isGreaterThanOrEqualTo(2);
    }
  }

  @Test
  void aBodyAfterAResponseWithoutOneIsNotTheNextResponse() {
    keepOpen = true;
    response =
        "HTTP/1.1 204 X\r\nContent-Length: 40\r\n\r\nHTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n";
    for (int each = 0; each < 3; each++) {
      assertThat(post())
          .isInstanceOfSatisfying(
              DeliveryVerdict.Responded.class,
              responded -> assertThat(responded.statusCode()).isEqualTo(204));
    }
    assertThat(connections).hasValue(3);
  }

  @Test
  void aCleanConnectionIsUsedAgain() {
    keepOpen = true;
    response = OK + "Content-Length: 2\r\n\r\nok";
    for (int each = 0; each < 3; each++) {
      assertThat(post()).isInstanceOf(DeliveryVerdict.Responded.class);
    }
    assertThat(connections).hasValue(1);
  }

  @ParameterizedTest
  @CsvSource({
    "'', /",
    "/, /",
    "?, /?",
    "?a=b, /?a=b",
    "//double//slash, //double//slash",
    "/a/../b/./c, /a/../b/./c",
    "/%2e%2e/%2F%20?%3F, /%2e%2e/%2F%20?%3F",
    "/a;b=c:d@e, /a;b=c:d@e",
    "/caf%C3%A9?q=%E2%82%AC, /caf%C3%A9?q=%E2%82%AC"
  })
  void sendsTheTargetAsItIsWritten(String written, String target) throws Exception {
    response = OK + "\r\n";
    for (var host : List.of("receiver", "my_host", "receiver.", "127.0.0.1")) {
      var url = "http://" + host + ":" + server.getLocalPort() + written;
      assertThat(post(url)).as(url).isInstanceOf(DeliveryVerdict.Responded.class);
      assertThat(requestLines.take()).isEqualTo("POST " + target + " HTTP/1.1");
    }
  }

  @Test
  void anyBytesEndWithAVerdict() {
    var random = new Random(17);
    var whole = OK + "Content-Length: 5\r\nRetry-After: 3\r\nX: y\r\n\r\nhello";
    for (int each = 0; each < 300; each++) {
      var mutated = new StringBuilder(whole);
      for (int change = random.nextInt(1, 4); change > 0; change--) {
        int at = random.nextInt(mutated.length());
        switch (random.nextInt(3)) {
          case 0 -> mutated.setCharAt(at, (char) random.nextInt(256));
          case 1 -> mutated.deleteCharAt(at);
          default -> mutated.insert(at, (char) random.nextInt(256));
        }
      }
      response = mutated.toString();
      assertThat(post())
          .as(response)
          .satisfiesAnyOf(
              verdict -> assertThat(verdict).isInstanceOf(DeliveryVerdict.Responded.class),
              verdict -> assertThat(verdict).isInstanceOf(DeliveryVerdict.NoResponse.class));
    }
  }

  private static SSLContext tls() {
    try {
      return SSLContext.getDefault();
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
