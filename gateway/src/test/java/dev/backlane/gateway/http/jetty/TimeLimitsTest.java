package dev.backlane.gateway.http.jetty;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.gateway.http.Call;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ProtocolException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.OptionalLong;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// How long a client may keep a connection, and how much of an unread request is read.
@Timeout(30)
final class TimeLimitsTest {
  private static final Duration SHORT = Duration.ofMillis(700);
  private static final Duration LONG = Duration.ofSeconds(20);
  private static final String NEXT = "GET /next HTTP/1.1\r\nHost: a\r\n\r\n";
  private static final String POST = "POST /a HTTP/1.1\r\nHost: a\r\n";

  private final BlockingQueue<Exception> failures = new LinkedBlockingQueue<>();

  @SuppressWarnings("NullAway.Init") // Each test opens one with its own limits.
  private JettyListener listener;

  @AfterEach
  void close() {
    listener.close();
  }

  private void open(Duration idleTimeout, Duration requestTimeout) {
    listener = Listeners.open(idleTimeout, requestTimeout, this::read);
  }

  private void read(Call call) {
    try {
      int count = call.body().readAllBytes().length;
      call.respond(String.valueOf(count).getBytes(ISO_8859_1));
    } catch (IOException incomplete) {
      failures.add(incomplete);
      throw new UncheckedIOException(incomplete);
    }
  }

  private void openUnread() {
    listener =
        Listeners.open(
            LONG,
            LONG,
            call -> {
              call.response().status(413);
              call.respond("too large".getBytes(ISO_8859_1));
            });
  }

  private static void trickle(RawClient client, String text, int count) throws IOException {
    try {
      for (int each = 0; each < count; each++) {
        client.send(text);
        if (!client.silent(Duration.ofMillis(100))) {
          return;
        }
      }
    } catch (SocketException closed) {
      return;
    }
    throw new AssertionError("the connection stays open");
  }

  @Test
  void closesIdleConnections() throws IOException {
    open(SHORT, LONG);
    try (var fresh = new RawClient(listener.port());
        var used = new RawClient(listener.port())) {
      assertThat(used.send(NEXT).receive().status()).isEqualTo(200);
      assertThat(fresh.rest()).isEmpty();
      assertThat(used.rest()).isEmpty();
    }
  }

  @Test
  void closesConnectionsWhoseHeadTrickles() throws IOException {
    open(LONG, SHORT);
    try (var client = new RawClient(listener.port())) {
      client.send("GET / HTTP/1.1\r\nHost: a\r\nX: ");
      trickle(client, "x", 80);
    }
  }

  @Test
  void closesConnectionsThatSendLineBreaksOnly() throws IOException {
    open(LONG, SHORT);
    try (var client = new RawClient(listener.port())) {
      assertThat(client.send(NEXT).receive().status()).isEqualTo(200);
      trickle(client, "\r\n", 80);
    }
  }

  @Test
  void keepsConnectionsThatAreIdleForLessThanAllowed() throws IOException {
    open(LONG, SHORT);
    try (var client = new RawClient(listener.port())) {
      assertThat(client.silent(SHORT.multipliedBy(2))).isTrue();
      assertThat(client.send(NEXT).receive().status()).isEqualTo(200);
      assertThat(client.silent(SHORT.multipliedBy(2))).isTrue();
      assertThat(client.send(NEXT).receive().status()).isEqualTo(200);
    }
  }

  @Test
  void keepsContentThatArrivesSlowlyButSteadily() throws IOException {
    open(LONG, SHORT);
    try (var client = new RawClient(listener.port())) {
      client.send(POST + "Content-Length: 20\r\n\r\n");
      for (int each = 0; each < 20; each++) {
        assertThat(client.silent(Duration.ofMillis(70))).isTrue();
        client.send("x");
      }
      assertThat(client.receive().content()).isEqualTo("20");
    }
  }

  @Test
  void responds408IfTheContentTrickles() throws Exception {
    open(LONG, SHORT);
    try (var client = new RawClient(listener.port())) {
      client.send(POST + "Transfer-Encoding: chunked\r\n\r\n");
      // Two bytes a second, where ten are required: late by more than 700 ms after three bytes.
      for (int each = 0; each < 20 && failures.isEmpty(); each++) {
        client.send("1\r\nx\r\n");
        assertThat(failures.poll(500, TimeUnit.MILLISECONDS))
            .satisfiesAnyOf(
                none -> assertThat(none).isNull(),
                late -> {
                  assertThat(late).isInstanceOf(SocketTimeoutException.class);
                  failures.add(late);
                });
      }
      assertThat(failures).hasSize(1);
      assertThat(client.receive().status()).isEqualTo(408);
    }
  }

  @Test
  void abortsResponsesThatAreReadTooSlowly() throws Exception {
    listener =
        Listeners.open(
            LONG,
            SHORT,
            call -> {
              try (var out = call.stream(OptionalLong.empty())) {
                for (int each = 0; each < 1000; each++) {
                  out.write(new byte[64 * 1024]);
                }
              } catch (IOException unread) {
                failures.add(unread);
                throw new UncheckedIOException(unread);
              }
            });
    try (var client = new RawClient(RawClient.connected(listener.port(), 4096))) {
      client.send(NEXT);
      assertThat(failures.poll(10, TimeUnit.SECONDS))
          .hasMessageContaining("reads the response too slowly");
    }
  }

  @Test
  void responds408IfTheContentStops() throws Exception {
    open(LONG, SHORT);
    try (var client = new RawClient(listener.port())) {
      var response = client.send(POST + "Content-Length: 20\r\n\r\nab").receive();
      assertThat(response.status()).isEqualTo(408);
      assertThat(response.content()).contains("\"status\":408");
      assertThat(client.rest()).isEmpty();
      assertThat(failures.poll(5, TimeUnit.SECONDS)).isInstanceOf(SocketTimeoutException.class);
    }
  }

  @Test
  void reportsMalformedContentAndLostClientsApart() throws Exception {
    open(LONG, LONG);
    try (var client = new RawClient(listener.port())) {
      client.send(POST + "Transfer-Encoding: chunked\r\n\r\n1\r\nab");
      assertThat(client.receive().status()).isEqualTo(400);
      assertThat(failures.poll(5, TimeUnit.SECONDS)).isInstanceOf(ProtocolException.class);
    }
    try (var client = new RawClient(listener.port())) {
      client.send(POST + "Content-Length: 20\r\n\r\nab");
    }
    assertThat(failures.poll(5, TimeUnit.SECONDS)).isExactlyInstanceOf(IOException.class);
  }

  @Test
  void keepsConnectionsWhoseHandlerTakesLonger() throws IOException {
    listener =
        Listeners.open(
            SHORT,
            SHORT,
            call -> {
              try {
                // Not a multiple of the idle time: it would expire as the response ends.
                TimeUnit.MILLISECONDS.sleep(7 * SHORT.toMillis() / 2);
              } catch (InterruptedException stopping) {
                throw new AssertionError(stopping);
              }
              read(call);
            });
    try (var client = new RawClient(listener.port())) {
      assertThat(client.send(POST + "Content-Length: 2\r\n\r\nab").receive().content())
          .isEqualTo("2");
      assertThat(client.send(NEXT).receive().status()).isEqualTo(200);
    }
  }

  @Test
  void abortsResponsesThatAreNotRead() throws Exception {
    listener =
        Listeners.open(
            SHORT,
            LONG,
            call -> {
              try (var out = call.stream(OptionalLong.empty())) {
                byte[] piece = new byte[64 * 1024];
                for (int each = 0; each < 1000; each++) {
                  out.write(piece);
                }
              } catch (IOException unread) {
                failures.add(unread);
                throw new UncheckedIOException(unread);
              }
            });
    try (var client = new RawClient(RawClient.connected(listener.port(), 4096))) {
      client.send(NEXT);
      assertThat(failures.poll(10, TimeUnit.SECONDS)).isNotNull();
    }
  }

  @Test
  void keepsTheConnectionAfterALittleUnreadContent() throws IOException {
    openUnread();
    try (var client = new RawClient(listener.port())) {
      client.send(POST + "Content-Length: 500000\r\n\r\n" + "x".repeat(500_000));
      assertThat(client.receive().status()).isEqualTo(413);
      client.send(POST + "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX: 1\r\n\r\n");
      assertThat(client.receive().status()).isEqualTo(413);
      assertThat(client.send(NEXT).receive().status()).isEqualTo(413);
    }
  }

  @Test
  void announcesThatMuchUnreadContentClosesTheConnection() throws IOException {
    openUnread();
    try (var client = new RawClient(listener.port())) {
      client.send(POST + "Content-Length: 8000000\r\n\r\n" + "x".repeat(8_000_000));
      var response = client.receive();
      assertThat(response.status()).isEqualTo(413);
      assertThat(response.field("Connection")).hasValue("close");
      assertThat(response.content()).isEqualTo("too large");
      assertThat(client.rest()).isEmpty();
    }
  }

  @Test
  void closesTheConnectionAfterMuchUnreadChunkedContent() throws IOException {
    openUnread();
    try (var client = new RawClient(listener.port())) {
      client.send(POST + "Transfer-Encoding: chunked\r\n\r\n7a1200\r\n" + "x".repeat(8_000_000));
      assertThat(client.receive().content()).isEqualTo("too large");
      assertThat(client.rest()).isEmpty();
    }
  }

  @Test
  void closesTheConnectionIfUnreadContentDoesNotArrive() throws IOException {
    openUnread();
    try (var client = new RawClient(listener.port())) {
      client.send(POST + "Content-Length: 5\r\n\r\n");
      assertThat(client.receive().content()).isEqualTo("too large");
      assertThat(client.rest()).isEmpty();
    }
  }

  @Test
  void sendsContinueWhenTheHandlerReadsContent() throws IOException {
    open(LONG, LONG);
    try (var client = new RawClient(listener.port())) {
      client.send(POST + "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n");
      assertThat(client.receive().status()).isEqualTo(100);
      assertThat(client.send("ab").receive().content()).isEqualTo("2");
      assertThat(client.send(NEXT).receive().status()).isEqualTo(200);
    }
  }

  @Test
  void sendsNoContinueIfTheHandlerReadsNothing() throws IOException {
    openUnread();
    try (var client = new RawClient(listener.port())) {
      client.send(POST + "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n");
      var response = client.receive();
      assertThat(response.status()).isEqualTo(413);
      assertThat(response.field("Connection")).hasValue("close");
      assertThat(client.rest()).isEmpty();
    }
  }
}
