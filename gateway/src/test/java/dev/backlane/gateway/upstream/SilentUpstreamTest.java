package dev.backlane.gateway.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.backlane.gateway.upstream.OutgoingRequest.Repeat;
import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Limits of 5 s or more, which a thread of the client watches; shorter ones are limits of the
/// socket.
@Timeout(40)
final class SilentUpstreamTest {
  private static final Duration LIMIT = Duration.ofSeconds(5);
  private static final Duration LATE_MAX = Duration.ofSeconds(8);
  private static final String HEAD = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n";

  private final CountDownLatch end = new CountDownLatch(1);

  private static OutgoingRequest request(OutgoingBody body) {
    return new OutgoingRequest("POST", "/", List.of(), body, Repeat.NEVER);
  }

  private static UpstreamClient client(ScriptedServer server) {
    return new UpstreamClient(server.uri(), Duration.ofSeconds(20), 1);
  }

  @Test
  void aSilentUpstreamTimesOutBeforeTheHead() throws IOException {
    try (var server =
            new ScriptedServer(wire -> {
              wire.readRequest();
              end.await();
            });
        var client = client(server);
        var exchange = client.exchange()) {
      long start = System.nanoTime();
      assertThatThrownBy(() -> exchange.send(request(new OutgoingBody.None()), LIMIT))
          .isInstanceOf(SocketTimeoutException.class);
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isBetween(LIMIT, LATE_MAX);
    } finally {
      end.countDown();
    }
  }

  @Test
  void aSilentUpstreamTimesOutWithinTheBody() throws IOException {
    try (var server =
            new ScriptedServer(wire -> {
              wire.readRequest();
              wire.send(HEAD + "ab");
              end.await();
            });
        var client = client(server);
        var exchange = client.exchange()) {
      var body = exchange.send(request(new OutgoingBody.None()), LIMIT).body();
      assertThat(body.readNBytes(2)).asString().isEqualTo("ab");
      assertThatThrownBy(body::read).isInstanceOf(SocketTimeoutException.class);
    } finally {
      end.countDown();
    }
  }

  /// The upstream waits for the body, and so is not silent.
  @Test
  void aSlowSourceOfTheRequestIsNotASilentUpstream() throws IOException {
    try (var server =
            new ScriptedServer(wire -> {
              wire.readRequest();
              wire.send(HEAD + "abcd");
            });
        var client = client(server);
        var exchange = client.exchange()) {
      var slow = new SlowSource(LIMIT.plusSeconds(2));
      var response = exchange.send(request(new OutgoingBody.Sized(1, () -> slow)), LIMIT);
      assertThat(response.body().readAllBytes()).asString().isEqualTo("abcd");
    }
  }

  /// One byte, which is available after a time.
  private static final class SlowSource extends InputStream {
    private final Duration delay;
    private boolean ended;

    SlowSource(Duration delay) {
      this.delay = delay;
    }

    @Override
    public int read() throws IOException {
      if (ended) {
        return -1;
      }
      try {
        Thread.sleep(delay);
      } catch (InterruptedException interrupted) {
        Thread.currentThread().interrupt();
        throw new IOException(interrupted);
      }
      ended = true;
      return 'x';
    }

    @Override
    public int read(byte[] bytes, int offset, int length) throws IOException {
      int next = read();
      if (next < 0) {
        return -1;
      }
      bytes[offset] = (byte) next;
      return 1;
    }
  }
}
