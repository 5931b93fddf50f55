package dev.backlane.gateway.http.jetty;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.gateway.http.Call;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.ValueSource;

/// Clients that close their connection while a handler waits, over TCP and TLS.
@ParameterizedClass(name = "TLS: {0}")
@ValueSource(booleans = {false, true})
@Timeout(30)
final class ClientGoneTest {
  @Parameter private boolean tls;

  private static final Duration LONG = Duration.ofSeconds(20);
  private static final String WAIT = "GET /wait HTTP/1.1\r\nHost: a\r\n\r\n";
  private static final String POST =
      "POST /read HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nab";
  private static final String NEXT = "GET /next HTTP/1.1\r\nHost: a\r\n\r\n";

  private final CountDownLatch waiting = new CountDownLatch(1);
  private final CountDownLatch released = new CountDownLatch(1);
  private final CountDownLatch gone = new CountDownLatch(1);
  private JettyListener listener;

  @BeforeEach
  void open() throws Exception {
    var context = tls ? Optional.of(TestTls.server()) : Optional.<SSLContext>empty();
    listener = Listeners.open(Listeners.settings(LONG, LONG, context), this::handle);
  }

  @AfterEach
  void close() {
    released.countDown();
    listener.close();
  }

  private RawClient client() throws Exception {
    int port = listener.port();
    return tls ? new RawClient(TestTls.connected(port)) : new RawClient(port);
  }

  /// Such a client still gets a response, so what was begun for it must not be aborted.
  @Test
  void clientWithMalformedContentIsNotGone() throws Exception {
    try (var client = client()) {
      client.send("POST /read HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n");
      assertThat(client.receive().status()).isEqualTo(400);
    }
    assertThat(gone.getCount()).isOne();
  }

  private void handle(Call call) {
    try {
      if (!call.path().equals("/next")) {
        call.onClientGone(gone::countDown);
      }
      if (call.path().equals("/read")) {
        call.body().readAllBytes();
      }
      var out = call.path().equals("/stream") ? call.stream(OptionalLong.empty()) : null;
      if (!call.path().equals("/next")) {
        waiting.countDown();
        released.await();
      }
      if (out != null) {
        out.write("event".getBytes(ISO_8859_1));
        out.close();
      } else {
        call.respond(call.path().getBytes(ISO_8859_1));
      }
    } catch (IOException lost) {
      throw new UncheckedIOException(lost);
    } catch (InterruptedException stopping) {
      throw new AssertionError(stopping);
    }
  }

  private void notices(String request) throws Exception {
    try (var client = client()) {
      client.send(request);
      assertThat(waiting.await(10, TimeUnit.SECONDS)).isTrue();
      assertThat(gone.await(100, TimeUnit.MILLISECONDS)).isFalse();
    }
    assertThat(gone.await(10, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void noticesWhileTheHandlerWaits() throws Exception {
    notices(WAIT);
  }

  @Test
  void noticesAfterTheContentWasRead() throws Exception {
    notices(POST);
  }

  @Test
  void noticesWhileAStreamIsSilent() throws Exception {
    notices("GET /stream HTTP/1.1\r\nHost: a\r\n\r\n");
  }

  @Test
  void noticesAfterBytesOfTheNextRequest() throws Exception {
    try (var client = client()) {
      client.send(WAIT);
      assertThat(waiting.await(10, TimeUnit.SECONDS)).isTrue();
      client.send("\r\n").send(NEXT);
      assertThat(gone.await(100, TimeUnit.MILLISECONDS)).isFalse();
    }
    assertThat(gone.await(10, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void noticesWhenContentThatIsBeingReadEnds() throws Exception {
    try (var client = client()) {
      client.send("POST /read HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\na");
    }
    assertThat(gone.await(10, TimeUnit.SECONDS)).isTrue();
  }

  @Test
  void servesRequestsThatArriveMeanwhile() throws Exception {
    try (var client = client()) {
      client.send(WAIT);
      assertThat(waiting.await(10, TimeUnit.SECONDS)).isTrue();
      // More than the buffer holds, in pieces that end within a request.
      var requests = NEXT.repeat(500);
      for (int from = 0; from < requests.length(); from += 1000) {
        client.send(requests.substring(from, Math.min(requests.length(), from + 1000)));
      }
      released.countDown();
      assertThat(client.receive().content()).isEqualTo("/wait");
      for (int each = 0; each < 500; each++) {
        assertThat(client.receive().content()).isEqualTo("/next");
      }
      assertThat(gone.getCount()).isOne();
    }
  }

  @Test
  void keepsTheConnectionAfterAWatchedCall() throws Exception {
    released.countDown();
    try (var client = client()) {
      for (int each = 0; each < 200; each++) {
        assertThat(client.send(WAIT).receive().content()).isEqualTo("/wait");
        assertThat(client.send(POST).receive().content()).isEqualTo("/read");
      }
      assertThat(client.send(NEXT).receive().content()).isEqualTo("/next");
      assertThat(gone.getCount()).isOne();
    }
  }
}
