package dev.backlane.gateway.ratelimit;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.engine.operation.Caller;
import dev.backlane.gateway.http.ListenerSettings;
import dev.backlane.gateway.http.jetty.JettyListener;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
final class InFlightTest {
  private static final Duration LONG = Duration.ofSeconds(20);
  private static final Caller CALLER = new Caller("tenant", "client", "user");

  private final Semaphore begun = new Semaphore(0);
  private final CountDownLatch ends = new CountDownLatch(1);
  private final List<Socket> sockets = new ArrayList<>();

  @AfterEach
  void close() throws IOException {
    for (var each : sockets) {
      each.close();
    }
  }

  /// Each call holds a permit until [#ends].
  private JettyListener listener(InFlight inFlight, Caller caller) {
    var listener =
        JettyListener.open(
            new ListenerSettings("127.0.0.1", 0, LONG, LONG, 0, 16_384, 1_000, Optional.empty()));
    listener.serve(call -> {
      try (var _ = inFlight.begin(caller, call)) {
        begun.release();
        ends.await();
      } catch (InterruptedException stopping) {
        Thread.currentThread().interrupt();
      }
      call.respond();
    });
    return listener;
  }

  private Socket call(JettyListener listener, String source) throws IOException {
    var socket = new Socket();
    socket.bind(new InetSocketAddress(InetAddress.ofLiteral(source), 0));
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), listener.port()));
    socket.getOutputStream().write("GET / HTTP/1.1\r\nHost: a\r\n\r\n".getBytes(US_ASCII));
    sockets.add(socket);
    return socket;
  }

  private static String status(Socket socket) throws IOException {
    return new String(socket.getInputStream().readNBytes(12), US_ASCII).substring(9);
  }

  private void awaitBegun(int calls) throws InterruptedException {
    assertThat(begun.tryAcquire(calls, 10, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void refusesMoreThanAllowedUntilOneEnds() throws Exception {
    var inFlight = new InFlight("calls", "limits.some", () -> 2, Duration.ZERO);
    try (var listener = listener(inFlight, CALLER)) {
      var first = call(listener, "127.0.0.1");
      call(listener, "127.0.0.2");
      awaitBegun(2);
      assertThat(status(call(listener, "127.0.0.3"))).isEqualTo("429");
      ends.countDown();
      assertThat(status(first)).isEqualTo("200");
      assertThat(status(call(listener, "127.0.0.1"))).isEqualTo("200");
    }
  }

  @Test
  void waitsForTheEndOfAnother() throws Exception {
    var inFlight = new InFlight("calls", "limits.some", () -> 1, LONG);
    try (var listener = listener(inFlight, CALLER)) {
      call(listener, "127.0.0.1");
      awaitBegun(1);
      // As many may wait as may be in flight: whichever of both arrives first.
      var one = call(listener, "127.0.0.1");
      var other = call(listener, "127.0.0.1");
      var refused = new CountDownLatch(1);
      var statuses = new ConcurrentLinkedQueue<String>();
      for (var each : List.of(one, other)) {
        Thread.ofVirtual()
            .start(() -> {
              try {
                statuses.add(status(each));
              } catch (IOException lost) {
                statuses.add(lost.toString());
              }
              refused.countDown();
            });
      }
      assertThat(refused.await(10, TimeUnit.SECONDS)).isTrue();
      assertThat(statuses).containsExactly("429");
      ends.countDown();
      awaitBegun(1);
    }
  }

  @Test
  void countsEachAddressOfAnonymousCallers() throws Exception {
    var inFlight = new InFlight("calls", "limits.some", () -> 1, Duration.ZERO);
    try (var listener = listener(inFlight, Caller.ANONYMOUS)) {
      call(listener, "127.0.0.1");
      awaitBegun(1);
      assertThat(status(call(listener, "127.0.0.1"))).isEqualTo("429");
      var other = call(listener, "127.0.0.2");
      awaitBegun(1);
      ends.countDown();
      assertThat(status(other)).isEqualTo("200");
    }
  }

  @Test
  void zeroIsUnlimited() throws Exception {
    var inFlight = new InFlight("calls", "limits.some", () -> 0, Duration.ZERO);
    try (var listener = listener(inFlight, CALLER)) {
      for (int each = 0; each < 20; each++) {
        call(listener, "127.0.0.1");
      }
      awaitBegun(20);
      ends.countDown();
    }
  }
}
