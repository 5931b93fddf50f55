package dev.backlane.gateway.http;

import io.helidon.http.Headers;
import io.helidon.http.HttpPrologue;
import io.helidon.http.Status;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import io.helidon.webserver.http1.Http1ConnectionListener;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Closes the connections of clients that keep the gateway waiting in the midst of a request: the header lines have
/// `server.request-timeout` as a whole, a body between any two of its bytes. The web server itself knows no such bound once it
/// has read a request line (Helidon 4.5). Thread-safe.
public final class SlowClients implements Http1ConnectionListener, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SlowClients.class);
  private static final Duration LOOK_INTERVAL_MAX = Duration.ofSeconds(1);

  private final long patienceNanos;
  private final Map<ConnectionContext, Long> awaitedSinceNanos = new ConcurrentHashMap<>();
  private final ScheduledThreadPoolExecutor clock =
      new ScheduledThreadPoolExecutor(
          1, Thread.ofPlatform().name("slow-clients").daemon().factory());

  /// @param patience `server.request-timeout`
  public SlowClients(Duration patience) {
    patienceNanos = patience.toNanos();
    long intervalNanos = Math.min(LOOK_INTERVAL_MAX.toNanos(), patienceNanos / 4 + 1);
    var _ =
        clock.scheduleWithFixedDelay(
            this::breakOffLate, intervalNanos, intervalNanos, TimeUnit.NANOSECONDS);
  }

  /// The body of a request, not read yet; to be asked for once.
  public ClientBody body(ServerRequest request, ServerResponse response) {
    return new ClientBody(request, ClientConnection.behind(response), this);
  }

  /// Begins to wait for a client.
  void await(ConnectionContext client) {
    awaitedSinceNanos.put(client, System.nanoTime());
  }

  /// Ends the wait.
  void heard(ConnectionContext client) {
    awaitedSinceNanos.remove(client);
  }

  /// The request line is there; the header lines follow.
  @Override
  public void prologue(ConnectionContext client, HttpPrologue prologue) {
    await(client);
  }

  /// The header lines are there, or an answer's are on their way.
  @Override
  public void headers(ConnectionContext client, Headers headers) {
    heard(client);
  }

  /// An answer was given, which ends the wait for a head that is refused.
  @Override
  public void status(ConnectionContext client, Status status) {
    heard(client);
  }

  private void breakOffLate() {
    long now = System.nanoTime();
    awaitedSinceNanos.forEach((client, since) -> {
      if (now - since > patienceNanos && awaitedSinceNanos.remove(client, since)) {
        breakOff(client);
      }
    });
  }

  private static void breakOff(ConnectionContext client) {
    LOG.debug("a client was silent for too long in the midst of its request");
    try {
      client.serverSocket().close();
    } catch (RuntimeException goneAlready) {
      LOG.debug("its connection was gone: {}", goneAlready.toString());
    }
  }

  /// Watches no more.
  @Override
  public void close() {
    clock.shutdownNow();
  }
}
