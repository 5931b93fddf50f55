package dev.backlane.gateway.http.jetty;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.gateway.http.Call;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Clients that close their sending side after the request and wait for the response.
@Timeout(30)
final class HalfCloseTest {
  private static final Duration LONG = Duration.ofSeconds(20);

  private final CountDownLatch watched = new CountDownLatch(1);
  private final CountDownLatch released = new CountDownLatch(1);
  private final CountDownLatch gone = new CountDownLatch(1);
  private final JettyListener listener =
      Listeners.open(Listeners.settings(LONG, LONG, Optional.empty()), this::handle);

  @AfterEach
  void close() {
    released.countDown();
    listener.close();
  }

  private void handle(Call call) {
    call.onClientGone(gone::countDown);
    watched.countDown();
    try {
      released.await();
    } catch (InterruptedException stopping) {
      throw new AssertionError(stopping);
    }
    call.respond("done".getBytes(ISO_8859_1));
  }

  private RawClient halfClosed() throws Exception {
    var client = new RawClient(listener.port());
    client.send("GET /wait HTTP/1.1\r\nHost: a\r\n\r\n");
    assertThat(watched.await(10, TimeUnit.SECONDS)).isTrue();
    client.socket.shutdownOutput();
    return client;
  }

  @Test
  void getsItsResponseWithinTheGracePeriod() throws Exception {
    try (var client = halfClosed()) {
      assertThat(gone.await(ClientWatch.HALF_CLOSE_MAX.toMillis() / 4, TimeUnit.MILLISECONDS))
          .isFalse();
      released.countDown();
      assertThat(client.receive().content()).isEqualTo("done");
      assertThat(gone.getCount()).isOne();
    }
  }

  @Test
  void countsAsGoneAfterTheGracePeriod() throws Exception {
    try (var _ = halfClosed()) {
      assertThat(gone.await(10, TimeUnit.SECONDS)).isTrue();
    }
  }

  @Test
  void malformedHeadAfterARequestIsRefused() throws Exception {
    released.countDown();
    for (int each = 0; each < 100; each++) {
      try (var client = new RawClient(listener.port())) {
        client.send("GET /first HTTP/1.1\r\nHost: a\r\n\r\n0\r\n\r\n");
        client.socket.shutdownOutput();
        assertThat(client.receive().status()).isEqualTo(200);
        assertThat(client.receive().status()).isEqualTo(400);
      }
    }
  }
}
