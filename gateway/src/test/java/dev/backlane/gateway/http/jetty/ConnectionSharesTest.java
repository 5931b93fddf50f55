package dev.backlane.gateway.http.jetty;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.gateway.connect.ClientLag;
import dev.backlane.gateway.http.Call;
import dev.backlane.gateway.http.CallHandler;
import dev.backlane.gateway.http.ListenerSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// What happens to slow clients when others need a connection.
@Timeout(30)
final class ConnectionSharesTest {
  private static final Duration LONG = Duration.ofSeconds(20);
  private static final String GET = "GET /a HTTP/1.1\r\nHost: a\r\n\r\n";
  private static final String POST = "POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nx";
  private static final int UNLIMITED = 1_000;
  private static final long MIB = 1L << 20;

  private final List<RawClient> strangers = new ArrayList<>();

  @AfterEach
  void close() throws IOException {
    for (var each : strangers) {
      each.close();
    }
  }

  private static ListenerSettings settings(int connectionsMax, long bytesMax) {
    return Listeners.settings(LONG, LONG, Optional.empty()).withCapacity(connectionsMax, bytesMax);
  }

  private RawClient stranger(JettyListener listener, String bytes) throws IOException {
    var client = new RawClient(RawClient.connected(listener.port(), 4096));
    strangers.add(client);
    return client.send(bytes);
  }

  /// Waits until strangers are at least [ClientLag#SLOW_FROM] behind.
  private static void awaitLag() throws InterruptedException {
    TimeUnit.NANOSECONDS.sleep(ClientLag.SLOW_FROM.toNanos() * 5 / 4);
  }

  private static void unbounded(Call call) {
    try (var out = call.stream(OptionalLong.empty())) {
      while (true) {
        out.write(new byte[64 * 1024]);
      }
    } catch (IOException gone) {
      throw new UncheckedIOException(gone);
    }
  }

  private static CallHandler unboundedIf(String path) {
    return call -> {
      if (call.path().equals(path)) {
        unbounded(call);
      } else {
        Listeners.echo(call);
      }
    };
  }

  private int closed() throws IOException {
    int closed = 0;
    for (var each : strangers) {
      try {
        closed += each.silent(Duration.ofMillis(1)) ? 0 : 1;
      } catch (SocketException reset) {
        closed++;
      }
    }
    return closed;
  }

  /// How many were closed, once `min` were: the listener may be behind. The timeout of the class
  /// limits the wait.
  private int awaitClosed(int min) throws Exception {
    int closed = closed();
    while (closed < min) {
      Thread.sleep(10);
      closed = closed();
    }
    return closed;
  }

  @Test
  void closesTrickledBodiesIfNoConnectionIsIdle() throws Exception {
    try (var listener = Listeners.open(settings(2, Long.MAX_VALUE), Listeners::echo)) {
      stranger(listener, POST);
      stranger(listener, POST);
      awaitLag();
      try (var client = new RawClient(listener.port())) {
        assertThat(client.send(GET).receive().status()).isEqualTo(200);
      }
      assertThat(awaitClosed(1)).isEqualTo(1);
    }
  }

  @Test
  void closesUnreadResponsesIfNoConnectionIsIdle() throws Exception {
    try (var listener = Listeners.open(settings(2, Long.MAX_VALUE), unboundedIf("/unread"))) {
      stranger(listener, GET.replace("/a", "/unread"));
      stranger(listener, GET.replace("/a", "/unread"));
      awaitLag();
      try (var client = new RawClient(listener.port())) {
        assertThat(client.send(GET).receive().status()).isEqualTo(200);
      }
    }
  }

  /// The operating system of a machine has little memory for the responses of thousands.
  @Test
  void limitsTheSendBuffersOfManyConnections() throws Exception {
    var written = new Semaphore(0);
    CallHandler large =
        call -> {
          if (call.path().equals("/large")) {
            call.respond(new byte[1 << 20]);
            written.release();
          } else {
            call.respond();
          }
        };
    var getLarge = GET.replace("/a", "/large");
    try (var listener = Listeners.open(settings(UNLIMITED, Long.MAX_VALUE), large)) {
      stranger(listener, getLarge);
      assertThat(written.tryAcquire(LONG.toSeconds(), TimeUnit.SECONDS)).isTrue();
      for (int each = 0; each < 256; each++) {
        // A response shows that the listener has counted the connection.
        assertThat(stranger(listener, GET).receive().status()).isEqualTo(200);
      }
      var last = stranger(listener, getLarge);
      awaitLag();
      assertThat(written.tryAcquire()).isFalse();
      assertThat(last.receive().content()).hasSize(1 << 20);
    }
  }

  @Test
  void keepsBodiesThatArriveFastEnough() throws Exception {
    try (var listener = Listeners.open(settings(1, Long.MAX_VALUE), Listeners::echo)) {
      var uploading = new RawClient(listener.port());
      strangers.add(uploading);
      uploading.send("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 65536\r\n\r\n");
      uploading.send("x".repeat(60_000));
      awaitLag();
      stranger(listener, "");
      assertThat(strangers.getLast().rest()).isEmpty();
      assertThat(uploading.send("x".repeat(5_536)).receive().status()).isEqualTo(200);
    }
  }

  @Test
  void limitsTheMemoryOfUnfinishedHeads() throws Exception {
    var field = "X: " + "y".repeat(90) + "\r\n";
    unfinishedHeads("GET / HTTP/1.1\r\nHost: a\r\n" + field.repeat(140), 40);
  }

  @Test
  void limitsTheMemoryOfUnfinishedFields() throws Exception {
    unfinishedHeads("GET / HTTP/1.1\r\nHost: a\r\nX: " + "y".repeat(15_000), 50);
  }

  @Test
  void limitsTheMemoryOfUnfinishedRequestLines() throws Exception {
    unfinishedHeads("GET /" + "y".repeat(15_000), 50);
  }

  /// @param openMax how many fit into 1 MiB at most
  private void unfinishedHeads(String head, int openMax) throws Exception {
    try (var listener = Listeners.open(settings(UNLIMITED, MIB), Listeners::echo)) {
      for (int each = 0; each < 100; each++) {
        stranger(listener, head);
      }
      try (var client = new RawClient(listener.port())) {
        assertThat(client.send(GET).receive().status()).isEqualTo(200);
      }
      assertThat(100 - awaitClosed(100 - openMax)).isBetween(5, openMax);
    }
  }

  @Test
  void countsHeadsOnlyUntilTheirCallHasEnded() throws Exception {
    var request = GET.replace("\r\n\r\n", "\r\nX: " + "y".repeat(15_000) + "\r\n\r\n");
    try (var listener = Listeners.open(settings(UNLIMITED, MIB), Listeners::echo)) {
      for (int each = 0; each < 100; each++) {
        assertThat(stranger(listener, request).receive().status()).isEqualTo(200);
      }
      assertThat(closed()).isZero();
    }
  }

  @Test
  void limitsTheMemoryOfCallsWhoseClientsAreSlow() throws Exception {
    try (var listener = Listeners.open(settings(UNLIMITED, MIB / 2), Listeners::echo)) {
      for (int each = 0; each < 20; each++) {
        stranger(listener, POST);
      }
      awaitLag();
      for (int each = 0; each < 20; each++) {
        stranger(listener, POST);
      }
      try (var client = new RawClient(listener.port())) {
        assertThat(client.send(GET).receive().status()).isEqualTo(200);
      }
      assertThat(awaitClosed(10)).isBetween(10, 20);
    }
  }

  @Test
  void refusesCallsWhoseMemoryIsNotFree() throws Exception {
    CallHandler large =
        call -> {
          call.occupy(MIB);
          call.respond();
        };
    try (var listener = Listeners.open(settings(UNLIMITED, MIB), large);
        var client = new RawClient(listener.port())) {
      var refused = client.send(GET).receive();
      assertThat(refused.status()).isEqualTo(503);
      assertThat(refused.field("Retry-After")).isPresent();
      assertThat(refused.content()).contains("-Xmx");
    }
  }

  @Test
  void refusesMoreHeaderFieldsThanAllowed() throws Exception {
    try (var listener = Listeners.open(settings(UNLIMITED, Long.MAX_VALUE), Listeners::echo)) {
      var most = GET.replace("\r\n\r\n", "\r\n" + "X:\r\n".repeat(199) + "\r\n");
      assertThat(stranger(listener, most).receive().status()).isEqualTo(200);
      var more = GET.replace("\r\n\r\n", "\r\n" + "X:\r\n".repeat(200) + "\r\n");
      assertThat(stranger(listener, more).receive().status()).isEqualTo(431);
    }
  }

  @Test
  void limitsTheTimeOfAWholeBody() throws Exception {
    var settings =
        new ListenerSettings(
            "127.0.0.1",
            0,
            LONG,
            LONG,
            Duration.ofSeconds(1),
            10,
            16_384,
            200,
            UNLIMITED,
            Long.MAX_VALUE,
            Optional.empty());
    try (var listener = Listeners.open(settings, Listeners::echo)) {
      var client = stranger(listener, POST.replace("100", "999"));
      var sender =
          Thread.ofVirtual()
              .start(() -> {
                try {
                  while (true) {
                    client.send("xxxxx");
                    TimeUnit.MILLISECONDS.sleep(50);
                  }
                } catch (IOException | InterruptedException refused) {
                  // The gateway has closed the connection.
                }
              });
      assertThat(client.receive().status()).isEqualTo(408);
      sender.interrupt();
    }
  }
}
