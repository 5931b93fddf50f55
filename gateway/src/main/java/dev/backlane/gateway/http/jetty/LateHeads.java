package dev.backlane.gateway.http.jetty;

import dev.backlane.engine.memory.OutOfMemory;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.ssl.SslConnection;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Closes connections on which the head of a request takes too long as a whole, however steadily
/// its bytes arrive, and connections whose TLS handshake takes too long. Jetty itself has only a
/// timeout between bytes. Checks all connections at an interval of a quarter of the limit, at most
/// 1 s. Does not limit the body of a request.
final class LateHeads implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LateHeads.class);
  private static final Duration INTERVAL_MAX = Duration.ofSeconds(1);
  private static final String NO_PROTOCOL = "NONE";

  /// The state of a connection between two requests, as last observed.
  ///
  /// @param quietNanos when it last had no byte of the next request
  private record Seen(long requests, long bytes, long quietNanos) {}

  private final Supplier<Collection<EndPoint>> endPoints;
  private final long limitNanos;
  private final ScheduledThreadPoolExecutor clock =
      new ScheduledThreadPoolExecutor(1, Thread.ofPlatform().name("late-heads").daemon().factory());
  private Map<EndPoint, Seen> seen = new HashMap<>();

  /// @param endPoints all connections, encrypted ones as they are on the wire
  LateHeads(Supplier<Collection<EndPoint>> endPoints, Duration limit) {
    this.endPoints = endPoints;
    this.limitNanos = limit.toNanos();
  }

  void start() {
    long interval = Math.min(INTERVAL_MAX.toNanos(), limitNanos / 4 + 1);
    var _ = clock.scheduleWithFixedDelay(this::closeLate, interval, interval, TimeUnit.NANOSECONDS);
  }

  private void closeLate() {
    try {
      long now = System.nanoTime();
      Map<EndPoint, Seen> next = new HashMap<>();
      for (var endPoint : endPoints.get()) {
        var connection = http(endPoint);
        if (connection == null || !connection.busy()) {
          var current = look(connection, seen.get(endPoint), now);
          next.put(endPoint, current);
          if (now - current.quietNanos() > limitNanos) {
            LOG.debug("closing a connection whose request head or TLS handshake takes too long");
            endPoint.close();
          }
        }
      }
      seen = next;
    } catch (RuntimeException | Error fault) {
      // An exception would end the schedule.
      OutOfMemory.endProcess(fault);
      LOG.error("Closing slow connections failed; retrying", fault);
    }
  }

  private static Seen look(@Nullable ClientConnection connection, @Nullable Seen before, long now) {
    long requests = connection == null ? 0 : connection.getMessagesIn();
    long bytes = connection == null ? 0 : connection.getBytesIn();
    if (before == null || before.requests() != requests) {
      // Bytes that arrived with an earlier request cannot be distinguished from those of the next.
      return new Seen(requests, requests == 0 ? 0 : bytes, now);
    }
    boolean quiet = connection != null && bytes == before.bytes();
    return quiet ? new Seen(requests, bytes, now) : before;
  }

  /// The HTTP connection at an end point; null during a TLS handshake.
  private static @Nullable ClientConnection http(EndPoint endPoint) {
    var connection = endPoint.getConnection();
    if (connection instanceof SslConnection tls) {
      boolean handshaken = !NO_PROTOCOL.equals(tls.getSSLEngine().getSession().getProtocol());
      connection = handshaken ? tls.getSslEndPoint().getConnection() : null;
    }
    return connection instanceof ClientConnection http ? http : null;
  }

  /// Stops, and closes the connections that have no request.
  @Override
  public void close() {
    clock.shutdownNow();
    for (var endPoint : endPoints.get()) {
      var connection = http(endPoint);
      if (connection == null || !connection.busy()) {
        endPoint.close();
      }
    }
  }
}
