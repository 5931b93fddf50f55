package dev.backlane.gateway.http.jetty;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.backlane.gateway.http.Call;
import dev.backlane.gateway.http.ListenerSettings;
import dev.backlane.protocol.Problem;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
final class JettyListenerTest {
  private static final Duration LONG = Duration.ofSeconds(20);
  private static final String GET = "GET /a HTTP/1.1\r\nHost: a\r\n\r\n";

  @Test
  void namesTheFixIfThePortIsTaken() {
    try (var first = Listeners.open(Listeners::echo)) {
      var settings =
          new ListenerSettings(
              "127.0.0.1", first.port(), LONG, LONG, 0, 1024, 10, Optional.empty());
      assertThatThrownBy(() -> JettyListener.open(settings))
          .isInstanceOf(UncheckedIOException.class)
          .hasMessageContaining("cannot listen on 127.0.0.1 port " + first.port())
          .hasMessageContaining("Address already in use; stop the process that listens there");
    }
  }

  @Test
  void responds503UntilItServes() throws IOException {
    try (var listener = JettyListener.open(Listeners.settings(LONG, LONG, Optional.empty()));
        var client = new RawClient(listener.port())) {
      var starting = client.send(GET).receive();
      assertThat(starting.status()).isEqualTo(503);
      assertThat(starting.field("Content-Type")).hasValue(Problem.MEDIA_TYPE);
      assertThat(starting.field("Retry-After")).isPresent();
      listener.serve(Listeners::echo);
      assertThat(client.send(GET).receive().content()).isEqualTo("GET /a|");
    }
  }

  @Test
  void closesIdleConnectionsBeyondTheMaximum() throws Exception {
    var settings = new ListenerSettings("127.0.0.1", 0, LONG, LONG, 0, 16_384, 2, Optional.empty());
    try (var listener = Listeners.open(settings, Listeners::echo);
        var first = new RawClient(listener.port());
        var second = new RawClient(listener.port())) {
      assertThat(first.send(GET).receive().status()).isEqualTo(200);
      awaitIdle();
      assertThat(second.send(GET).receive().status()).isEqualTo(200);
      awaitIdle();
      try (var third = new RawClient(listener.port())) {
        assertThat(third.send(GET).receive().status()).isEqualTo(200);
        assertThat(first.rest()).isEmpty();
        assertThat(second.send(GET).receive().status()).isEqualTo(200);
      }
    }
  }

  @Test
  void closesConnectionsThatNeverHadARequestFirst() throws Exception {
    var settings = new ListenerSettings("127.0.0.1", 0, LONG, LONG, 0, 16_384, 2, Optional.empty());
    try (var listener = Listeners.open(settings, Listeners::echo);
        var used = new RawClient(listener.port())) {
      assertThat(used.send(GET).receive().status()).isEqualTo(200);
      awaitIdle();
      try (var unused = new RawClient(listener.port())) {
        awaitIdle();
        try (var third = new RawClient(listener.port())) {
          assertThat(third.send(GET).receive().status()).isEqualTo(200);
          assertThat(unused.rest()).isEmpty();
          assertThat(used.send(GET).receive().status()).isEqualTo(200);
        }
      }
    }
  }

  /// A connection counts as idle a moment after its client has received the response.
  private static void awaitIdle() throws InterruptedException {
    Thread.sleep(250);
  }

  @Test
  void closesNewConnectionsIfNoneIsIdle() throws Exception {
    var begun = new CountDownLatch(2);
    var released = new CountDownLatch(1);
    var settings = new ListenerSettings("127.0.0.1", 0, LONG, LONG, 0, 16_384, 2, Optional.empty());
    try (var listener =
            Listeners.open(
                settings,
                call -> {
                  begun.countDown();
                  await(released);
                  call.respond();
                });
        var first = new RawClient(listener.port());
        var second = new RawClient(listener.port())) {
      first.send(GET);
      second.send(GET);
      await(begun);
      try (var third = new RawClient(listener.port())) {
        assertThat(third.rest()).isEmpty();
      }
      released.countDown();
      assertThat(first.receive().status()).isEqualTo(200);
      assertThat(second.receive().status()).isEqualTo(200);
    }
  }

  @Test
  void keepsConnectionsForOtherAddresses() throws IOException {
    var settings = new ListenerSettings("127.0.0.1", 0, LONG, LONG, 0, 16_384, 8, Optional.empty());
    var held = new ArrayList<RawClient>();
    try (var listener = Listeners.open(settings, Listeners::echo);
        var other = new Socket()) {
      other.bind(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.2"), 0));
      other.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), listener.port()));
      for (int each = 0; each < 12; each++) {
        held.add(new RawClient(listener.port()));
        assertThat(held.getLast().send(GET).receive().status()).isEqualTo(200);
      }
      try (var client = new RawClient(other)) {
        assertThat(client.send(GET).receive().status()).isEqualTo(200);
      }
      // Of the first address, seven of eight connections stay open: the newest.
      assertThat(held.getFirst().rest()).isEmpty();
      assertThat(held.getLast().send(GET).receive().status()).isEqualTo(200);
    } finally {
      for (var client : held) {
        client.close();
      }
    }
  }

  @Test
  void endsCallsInFlightWhenItCloses() throws Exception {
    var begun = new CountDownLatch(1);
    var released = new CountDownLatch(1);
    var listener =
        Listeners.open(call -> {
          begun.countDown();
          await(released);
          call.respond("done".getBytes(ISO_8859_1));
        });
    try (var client = new RawClient(listener.port());
        var idle = new RawClient(listener.port())) {
      client.send(GET);
      await(begun);
      var closing = Thread.ofVirtual().start(listener::close);
      assertThat(idle.rest()).isEmpty();
      while (portIsOpen(listener.port())) {
        Thread.onSpinWait();
      }
      released.countDown();
      var response = client.receive();
      assertThat(response.content()).isEqualTo("done");
      assertThat(client.rest()).isEmpty();
      closing.join();
    }
  }

  private static boolean portIsOpen(int port) throws IOException {
    try (var probe = RawClient.connected(port, 0)) {
      return probe.isConnected();
    } catch (ConnectException refused) {
      return false;
    } catch (SocketException closing) {
      return true;
    }
  }

  @Test
  void cutsCallsThatDoNotEndWhenItCloses() throws Exception {
    var never = new CountDownLatch(1);
    var begun = new CountDownLatch(1);
    var listener =
        Listeners.open(call -> {
          begun.countDown();
          await(never);
        });
    try (var client = new RawClient(listener.port())) {
      client.send(GET);
      await(begun);
      long start = System.nanoTime();
      listener.close();
      assertThat(Duration.ofNanos(System.nanoTime() - start))
          .isBetween(Duration.ofSeconds(4), Duration.ofSeconds(12));
      assertThat(client.rest()).isEmpty();
    } finally {
      never.countDown();
    }
  }

  @Test
  void servesTls() throws Exception {
    BlockingQueue<Call> calls = new LinkedBlockingQueue<>();
    var settings = Listeners.settings(LONG, LONG, Optional.of(TestTls.server()));
    try (var listener =
            Listeners.open(
                settings,
                call -> {
                  calls.add(call);
                  Listeners.echo(call);
                });
        var client = new RawClient(TestTls.connected(listener.port()))) {
      client.send("POST /a HTTP/1.1\r\nHost: other\r\nContent-Length: 300000\r\n\r\n");
      client.send("x".repeat(300_000));
      assertThat(client.receive().content()).hasSize(300_008);
      assertThat(calls.take().secure()).isTrue();
      assertThat(
              client
                  .send(GET.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n"))
                  .receive()
                  .status())
          .isEqualTo(200);
      assertThat(client.rest()).isEmpty();
    }
  }

  @Test
  void closesTlsHandshakesThatTakeTooLong() throws Exception {
    var settings = Listeners.settings(LONG, Duration.ofMillis(700), Optional.of(TestTls.server()));
    try (var listener = Listeners.open(settings, Listeners::echo);
        var silent = new RawClient(listener.port());
        var idle = new RawClient(TestTls.connected(listener.port()))) {
      silent.send("\u0016\u0003\u0001\u0002");
      assertThat(silent.rest()).isEmpty();
      assertThat(idle.send(GET).receive().status()).isEqualTo(200);
    }
  }

  @Test
  void abortsFromAnotherThread() throws Exception {
    BlockingQueue<Call> calls = new LinkedBlockingQueue<>();
    var failed = new CountDownLatch(1);
    try (var listener =
            Listeners.open(call -> {
              calls.add(call);
              try (var out = call.stream(OptionalLong.empty())) {
                while (true) {
                  out.write(new byte[10_000]);
                }
              } catch (IOException aborted) {
                failed.countDown();
                throw new UncheckedIOException(aborted);
              }
            });
        var client = new RawClient(RawClient.connected(listener.port(), 4096))) {
      client.send(GET);
      assertThat(client.receive(true).status()).isEqualTo(200);
      var call = calls.take();
      call.abort();
      call.abort();
      await(failed);
    }
  }

  /// Repeated, since the read and the end of the exchange race: 1 of 200 reads waited on.
  @RepeatedTest(200)
  void closesTheConnectionIfItsContentIsReadAfterTheResponse() throws Exception {
    BlockingQueue<IOException> failures = new LinkedBlockingQueue<>();
    try (var listener =
            Listeners.open(call -> {
              var reading = new CountDownLatch(1);
              var body = call.body();
              Thread.ofVirtual()
                  .start(() -> {
                    try {
                      assertThat(body.read()).isEqualTo('x');
                      reading.countDown();
                      body.read();
                    } catch (IOException ended) {
                      failures.add(ended);
                    }
                  });
              await(reading);
              call.respond();
            });
        var client = new RawClient(listener.port())) {
      client.send("POST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nx");
      assertThat(client.receive().status()).isEqualTo(200);
      assertThat(client.rest()).isEmpty();
      assertThat(failures.poll(10, TimeUnit.SECONDS)).isNotNull();
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(20, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException stopping) {
      throw new AssertionError(stopping);
    }
  }
}
