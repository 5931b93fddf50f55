package dev.backlane.gateway.http.helidon;

import io.helidon.http.Headers;
import io.helidon.http.HttpPrologue;
import io.helidon.http.Status;
import io.helidon.webserver.ConnectionContext;
import io.helidon.webserver.http1.Http1ConnectionListener;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Closes the connections of clients that send a request too slowly: `server.request-timeout` applies
/// to the header fields as a whole, and to the wait for any byte of a body. Helidon itself has no such
/// limit once it has read a request line (Helidon 4.5). Thread-safe.
final class SlowClients implements Http1ConnectionListener, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(SlowClients.class);
  private static final Duration CHECK_INTERVAL_MAX = Duration.ofSeconds(1);

  private final long timeoutNanos;
  private final Map<ConnectionContext, Long> waitingSinceNanos = new ConcurrentHashMap<>();
  private final ScheduledThreadPoolExecutor timer =
      new ScheduledThreadPoolExecutor(
          1, Thread.ofPlatform().name("slow-clients").daemon().factory());

  /// @param timeout `server.request-timeout`
  SlowClients(Duration timeout) {
    timeoutNanos = timeout.toNanos();
    long intervalNanos = Math.min(CHECK_INTERVAL_MAX.toNanos(), timeoutNanos / 4 + 1);
    var _ =
        timer.scheduleWithFixedDelay(
            this::disconnectOverdue, intervalNanos, intervalNanos, TimeUnit.NANOSECONDS);
  }

  /// Begins to wait for a client.
  void startWait(ConnectionContext client) {
    waitingSinceNanos.put(client, System.nanoTime());
  }

  /// Ends the wait.
  void endWait(ConnectionContext client) {
    waitingSinceNanos.remove(client);
  }

  /// The request line was received; the header fields follow.
  @Override
  public void prologue(ConnectionContext client, HttpPrologue prologue) {
    startWait(client);
  }

  /// The header fields were received, or those of a response are being sent.
  @Override
  public void headers(ConnectionContext client, Headers headers) {
    endWait(client);
  }

  /// A response is being sent; that ends the wait for a head that is refused.
  @Override
  public void status(ConnectionContext client, Status status) {
    endWait(client);
  }

  private void disconnectOverdue() {
    long now = System.nanoTime();
    waitingSinceNanos.forEach((client, since) -> {
      if (now - since > timeoutNanos && waitingSinceNanos.remove(client, since)) {
        LOG.debug("client sent no byte of its request in time; closing its connection");
        disconnect(client);
      }
    });
  }

  /// Closes a client's connection at once. Idempotent.
  static void disconnect(ConnectionContext client) {
    try {
      client.serverSocket().close();
    } catch (RuntimeException alreadyClosed) {
      LOG.debug("connection was closed already: {}", alreadyClosed.toString());
    }
  }

  /// Stops the timer.
  @Override
  public void close() {
    timer.shutdownNow();
  }
}
