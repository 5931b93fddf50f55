package dev.backlane.gateway.http.jetty;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.eclipse.jetty.io.AbstractEndPoint;
import org.eclipse.jetty.io.Connection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Limits the connections that are open at the same time, and the share of one client address: an
/// eighth is kept for other addresses, so that one client, or one proxy, cannot prevent a health
/// check.
///
/// At the limit, connections without a request are closed to make room: those of the address with
/// the most connections; of these, the ones that never had a request, longest idle first. They
/// include clients that hold back a request head. If there is none, the new connection is closed.
/// Thread-safe.
final class ConnectionShares implements Connection.Listener {
  private static final Logger LOG = LoggerFactory.getLogger(ConnectionShares.class);

  /// One part in this number is kept for other addresses.
  private static final int RESERVED_PART = 8;

  /// Connections are closed in batches of one part in this number, since each batch costs a search.
  private static final int BATCH_PART = 64;

  private static final int NETWORK_BYTES_MAX = 8;
  private static final Duration WARN_INTERVAL = Duration.ofMinutes(1);

  private final int max;
  private final int perClientMax;
  private final Set<ClientConnection> open = new LinkedHashSet<>();
  private final Map<ByteBuffer, Integer> networks = new HashMap<>();
  private long warnedNanos;

  ConnectionShares(int max) {
    this.max = max;
    this.perClientMax = max - max / RESERVED_PART;
  }

  @Override
  public void onOpened(Connection opened) {
    if (opened instanceof ClientConnection connection) {
      added(connection).forEach(each -> each.getEndPoint().close());
    }
  }

  private synchronized List<ClientConnection> added(ClientConnection connection) {
    open.add(connection);
    var network = network(connection);
    boolean shareExceeded = networks.merge(network, 1, Integer::sum) > perClientMax;
    if (!shareExceeded && open.size() <= max) {
      return List.of();
    }
    warn();
    var largest = shareExceeded ? network : largest();
    var idle =
        open.stream()
            .filter(each -> !each.equals(connection) && !each.busy())
            .filter(each -> !shareExceeded || network(each).equals(network))
            .map(each ->
                new Idle(each, network(each).equals(largest), each.unused(), idleMillis(each)))
            .sorted()
            .limit(1 + max / BATCH_PART)
            .map(Idle::connection)
            .toList();
    return idle.isEmpty() ? List.of(connection) : idle;
  }

  private ByteBuffer largest() {
    return networks.entrySet().stream().max(Map.Entry.comparingByValue()).orElseThrow().getKey();
  }

  /// A connection without a request, as it was when the search began: its idle time changes while
  /// others are compared. The first is closed first.
  private record Idle(ClientConnection connection, boolean ofLargest, boolean unused, long millis)
      implements Comparable<Idle> {
    private static final Comparator<Idle> ORDER =
        Comparator.comparing((Idle each) -> !each.ofLargest())
            .thenComparing(each -> !each.unused())
            .thenComparing(Idle::millis, Comparator.reverseOrder());

    @Override
    public int compareTo(Idle other) {
      return ORDER.compare(this, other);
    }
  }

  private static long idleMillis(ClientConnection connection) {
    return connection.getEndPoint() instanceof AbstractEndPoint endPoint
        ? endPoint.getIdleFor()
        : 0;
  }

  private void warn() {
    long now = System.nanoTime();
    if (warnedNanos == 0 || now - warnedNanos > WARN_INTERVAL.toNanos()) {
      warnedNanos = now;
      LOG.warn(
          "{} client connections are open, at most {} are allowed, and at most {} of one address;"
              + " closing idle ones, or new ones if none is idle",
          open.size(),
          max,
          perClientMax);
    }
  }

  @Override
  public synchronized void onClosed(Connection ended) {
    if (ended instanceof ClientConnection connection && open.remove(connection)) {
      networks.computeIfPresent(network(connection), (_, count) -> count == 1 ? null : count - 1);
    }
  }

  /// The unit that a client controls: an IPv4 address, or an IPv6 network of 64 bits.
  private static ByteBuffer network(ClientConnection connection) {
    byte[] address = connection.peer().getAddress().getAddress();
    return ByteBuffer.wrap(address, 0, Math.min(address.length, NETWORK_BYTES_MAX));
  }
}
