package dev.backlane.gateway.dashboard.live;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.engine.background.Threads;
import dev.backlane.engine.store.failure.StoreException;
import dev.backlane.gateway.http.Call;
import dev.backlane.gateway.http.ListenerSettings;
import dev.backlane.gateway.http.ProblemException;
import dev.backlane.gateway.http.jetty.JettyListener;
import dev.backlane.protocol.ProblemType;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Streams of pages: what they send, when they end, and how many there can be.
@Timeout(30)
final class LiveStreamsTest {
  private static final int READ_TIMEOUT_MILLIS = 10_000;
  private static final Duration INTERVAL = Duration.ofMillis(50);

  private final AtomicBoolean stopping = new AtomicBoolean();
  private final AtomicBoolean permitted = new AtomicBoolean(true);
  private final AtomicInteger rendered = new AtomicInteger();
  private volatile Supplier<String> content = () -> "first\nline";
  private volatile LiveStreams streams = new LiveStreams(INTERVAL, stopping::get, Threads.VIRTUAL);
  private final JettyListener listener =
      JettyListener.open(
          new ListenerSettings(
              "127.0.0.1",
              0,
              Duration.ofSeconds(60),
              Duration.ofSeconds(20),
              0,
              16 * 1024,
              100,
              Optional.empty()));

  @BeforeEach
  void serve() {
    listener.serve(this::respond);
  }

  private void respond(Call call) {
    streams.stream(
        call,
        () -> {
          rendered.incrementAndGet();
          return content.get();
        },
        permitted::get);
  }

  @AfterEach
  void close() {
    stopping.set(true);
    listener.close();
  }

  private final class Client implements AutoCloseable {
    private final Socket socket = new Socket(InetAddress.getLoopbackAddress(), listener.port());
    private final BufferedReader in;

    Client() throws IOException {
      socket.setSoTimeout(READ_TIMEOUT_MILLIS);
      socket
          .getOutputStream()
          .write("GET /ui/live HTTP/1.1\r\nHost: here\r\n\r\n".getBytes(US_ASCII));
      in = new BufferedReader(new InputStreamReader(socket.getInputStream(), US_ASCII));
    }

    /// The lines up to one that begins with a text.
    List<String> until(String begin) throws IOException {
      var lines = new ArrayList<String>();
      while (lines.isEmpty() || !lines.getLast().startsWith(begin)) {
        var line = in.readLine();
        if (line == null) {
          throw new AssertionError("the stream has ended after " + lines);
        }
        lines.add(line);
      }
      return lines;
    }

    @Override
    public void close() throws IOException {
      socket.close();
    }
  }

  private static void await(BooleanSupplier condition) {
    while (!condition.getAsBoolean()) {
      LockSupport.parkNanos(Duration.ofMillis(5).toNanos());
    }
  }

  @Test
  void sendsThePageAgainOnlyWhenItHasChanged() throws Exception {
    try (var client = new Client()) {
      assertThat(client.until("data: line"))
          .contains("HTTP/1.1 200 OK", "event: page", "data: first")
          .contains("Content-Type: text/event-stream; charset=utf-8", "X-Accel-Buffering: no");
      int before = rendered.get();
      await(() -> rendered.get() > before);
      content = () -> "second";

      assertThat(client.until("data: second")).doesNotContain("data: first");
    }
  }

  @Test
  void reportsThatTheStoreIsUnavailable() throws Exception {
    content =
        () -> {
          throw new StoreException("connection refused");
        };
    try (var client = new Client()) {
      assertThat(client.until("data: ")).contains("event: away", "data: connection refused");
      content = () -> "back";
      assertThat(client.until("data: back")).contains("event: page");
    }
  }

  @Test
  void refusesAPageThatDoesNotExist() throws Exception {
    content =
        () -> {
          throw new ProblemException(ProblemType.NOT_FOUND, "The retention is over.");
        };
    try (var client = new Client()) {
      assertThat(client.until("HTTP/1.1")).containsExactly("HTTP/1.1 404 Not Found");
    }
    await(() -> streams.open() == 0);
  }

  @Test
  void rendersNothingWithoutAnOpenPage() throws Exception {
    try (var client = new Client()) {
      var _ = client.until("data: line");
      assertThat(streams.open()).isEqualTo(1);
    }
    await(() -> streams.open() == 0);
    int before = rendered.get();
    LockSupport.parkNanos(INTERVAL.multipliedBy(5).toNanos());

    assertThat(rendered).hasValue(before);
  }

  @Test
  void endsWhenTheOperatorIsSignedOut() throws Exception {
    try (var client = new Client()) {
      var _ = client.until("data: line");
      permitted.set(false);
      await(() -> streams.open() == 0);
    }
  }

  @Test
  void endsAtOnceWhenTheGatewayStops() throws Exception {
    streams = new LiveStreams(Duration.ofMinutes(1), stopping::get, Threads.VIRTUAL);
    try (var client = new Client()) {
      var _ = client.until("data: line");
      stopping.set(true);
      long begun = System.nanoTime();
      await(() -> streams.open() == 0);
      assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(LiveStreams.INTERVAL);
    }
  }

  @Test
  void refusesOneStreamTooMany() throws Exception {
    var clients = new ArrayList<Client>();
    try {
      for (int i = 0; i < LiveStreams.OPEN_MAX; i++) {
        clients.add(new Client());
        var _ = clients.getLast().until("data: line");
      }
      try (var one = new Client()) {
        assertThat(one.until("HTTP/1.1")).containsExactly("HTTP/1.1 204 No Content");
      }
    } finally {
      for (var client : clients) {
        client.close();
      }
    }
    await(() -> streams.open() == 0);
  }
}
