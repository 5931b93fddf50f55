package dev.backlane.gateway.http.jetty;

import dev.backlane.gateway.connect.ClientLag;
import dev.backlane.gateway.connect.PeerNetwork;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToLongFunction;
import org.eclipse.jetty.io.AbstractEndPoint;
import org.eclipse.jetty.io.Connection;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Limits the connections that are open at the same time and the memory that they occupy, and the
/// share of one client address of both: an eighth is kept for other addresses, so that one client,
/// or one proxy, cannot prevent a health check.
///
/// At a limit, connections are closed, those of the address with the most first:
///
/// 1. without a complete request head: first those that have never had one, the longest idle or, if
///    memory is short, the largest first;
/// 2. of calls whose client is slow: those for which the gateway waits, and which are at least
///    [ClientLag#SLOW_FROM] behind, the furthest behind first;
/// 3. opened or used within the last [#FRESH_MAX], since their request may be on its way.
///
/// If there is none, the new connection is closed, or the new call refused. Thread-safe.
final class ConnectionShares implements Connection.Listener {
  private static final Logger LOG = LoggerFactory.getLogger(ConnectionShares.class);

  /// One part in this number is kept for other addresses.
  private static final int RESERVED_PART = 8;

  /// Connections are closed in batches of one part in this number, since each batch costs a search.
  private static final int BATCH_PART = 64;

  /// How long a connection without a byte of its next request is fresh.
  private static final Duration FRESH_MAX = Duration.ofMillis(200);

  /// How much longer than a search that found too little the pause after it is.
  private static final int PAUSE_FACTOR = 4;

  private static final Duration WARN_INTERVAL = Duration.ofMinutes(1);

  private final Bound connections;
  private final Bound bytes;
  private final Set<ClientConnection> open = new LinkedHashSet<>();
  private final Map<PeerNetwork, Share> shares = new HashMap<>();
  private long warnedNanos;
  private long closed;

  /// @param connectionsMax open at the same time
  /// @param bytesMax that they occupy, see [HeldMemory]
  ConnectionShares(int connectionsMax, long bytesMax) {
    this.connections = new Bound(connectionsMax, Share::connections);
    this.bytes = new Bound(bytesMax, Share::bytes);
  }

  /// The time without a search after one that found too little. A search looks at all connections
  /// while the others wait for it; if their calls all work, the next one would also find nothing.
  private static final class Pause {
    private long endNanos = System.nanoTime();

    void begin(long searchedFromNanos) {
      long now = System.nanoTime();
      endNanos = now + PAUSE_FACTOR * (now - searchedFromNanos);
    }

    boolean over() {
      return System.nanoTime() - endNanos >= 0;
    }
  }

  /// What one address holds.
  private static final class Share {
    private final Pause pause = new Pause();
    private long connections;
    private long bytes;

    long connections() {
      return connections;
    }

    long bytes() {
      return bytes;
    }
  }

  /// A limit of all connections together, and of one address.
  private static final class Bound {
    private final long max;
    private final long perClientMax;
    private final ToLongFunction<Share> used;
    private final Pause pause = new Pause();
    private long total;

    Bound(long max, ToLongFunction<Share> used) {
      this.max = max;
      this.perClientMax = max - max / RESERVED_PART;
      this.used = used;
    }

    long batch() {
      return max / BATCH_PART;
    }

    /// How much must be freed for a share to be within its limit; 0 or less: nothing.
    long excessOf(Share share) {
      return used.applyAsLong(share) - perClientMax;
    }

    /// How much must be freed in total; 0 or less: nothing.
    long excess() {
      return total - max;
    }
  }

  @Override
  public void onOpened(Connection opened) {
    if (opened instanceof ClientConnection connection) {
      List<ClientConnection> closing;
      int present;
      synchronized (this) {
        open.add(connection);
        present = open.size();
        var share = shares.computeIfAbsent(connection.network(), _ -> new Share());
        share.connections++;
        connections.total++;
        addBytes(connection, share, connection.baseBytes());
        closing = free(connection, share);
        if (exceeds(share)) {
          closing.add(connection);
          closed++;
          remove(connection);
        }
      }
      ClientSocket.limitSendBuffer(connection.getEndPoint(), present);
      closing.forEach(ConnectionShares::close);
    }
  }

  /// Records what a connection occupies from now on, and frees space for it.
  ///
  /// @return false if there is none; the connection holds it nevertheless, and is to be ended
  boolean hold(ClientConnection connection, long bytesHeld) {
    List<ClientConnection> closing;
    boolean fits;
    synchronized (this) {
      if (!open.contains(connection)) {
        return true;
      }
      var share = shares.get(connection.network());
      long more = bytesHeld - connection.heldBytes();
      if (share == null || more == 0) {
        return true;
      }
      addBytes(connection, share, more);
      if (more < 0) {
        return true;
      }
      closing = free(connection, share);
      fits = !exceeds(share);
    }
    closing.forEach(ConnectionShares::close);
    return fits;
  }

  private void addBytes(ClientConnection connection, Share share, long more) {
    connection.holds(connection.heldBytes() + more);
    share.bytes += more;
    bytes.total += more;
  }

  private boolean exceeds(Share share) {
    return connections.excess() > 0
        || bytes.excess() > 0
        || connections.excessOf(share) > 0
        || bytes.excessOf(share) > 0;
  }

  /// Removes connections from the sums until there is enough; the caller closes them.
  private List<ClientConnection> free(ClientConnection fresh, Share share) {
    var closing = new ArrayList<ClientConnection>();
    if (exceeds(share)) {
      warn();
      free(connections, _ -> 1, fresh, share, closing);
      free(bytes, ClientConnection::heldBytes, fresh, share, closing);
    }
    return closing;
  }

  private void free(
      Bound bound,
      ToLongFunction<ClientConnection> size,
      ClientConnection fresh,
      Share share,
      List<ClientConnection> closing) {
    long ofShare = bound.excessOf(share);
    long excess = Math.max(ofShare, bound.excess());
    var pause = ofShare > 0 ? share.pause : bound.pause;
    if (excess <= 0 || !pause.over()) {
      return;
    }
    long begunNanos = System.nanoTime();
    var largest = ofShare > 0 ? share : largest(bound);
    boolean forMemory = bound == bytes;
    var candidates =
        open.stream()
            .filter(each -> !each.equals(fresh))
            .filter(each -> ofShare <= 0 || share.equals(shares.get(each.network())))
            .map(each -> Candidate.of(each, largest.equals(shares.get(each.network())), forMemory))
            .filter(each -> each.kind() != Kind.WORKING)
            .sorted()
            .iterator();
    long left = excess + bound.batch();
    while (left > 0 && candidates.hasNext()) {
      var chosen = candidates.next().connection();
      left -= size.applyAsLong(chosen);
      closing.add(chosen);
      closed++;
      remove(chosen);
    }
    if (left > 0) {
      pause.begin(begunNanos);
    }
  }

  private Share largest(Bound bound) {
    return shares.values().stream()
        .max(Comparator.comparingLong(bound.used))
        .orElseThrow(() -> new IllegalStateException("there is no connection"));
  }

  private enum Kind {
    /// It has never had a complete request head.
    UNUSED,
    /// It is between two requests.
    BETWEEN,
    /// Its client is slow.
    SLOW,
    /// Its request may be on its way.
    FRESH,
    /// It is in a call that does not wait for its client.
    WORKING
  }

  /// A connection as it was when the search began: its state changes while others are compared. The
  /// first is closed first.
  ///
  /// @param weight the larger, the earlier
  private record Candidate(ClientConnection connection, boolean ofLargest, Kind kind, long weight)
      implements Comparable<Candidate> {
    private static final Comparator<Candidate> ORDER =
        Comparator.comparing((Candidate each) -> !each.ofLargest())
            .thenComparing(Candidate::kind)
            .thenComparing(Candidate::weight, Comparator.reverseOrder());

    static Candidate of(ClientConnection connection, boolean ofLargest, boolean forMemory) {
      if (connection.busy()) {
        long lagNanos = connection.lagNanos();
        var kind = lagNanos >= ClientLag.SLOW_FROM.toNanos() ? Kind.SLOW : Kind.WORKING;
        return new Candidate(connection, ofLargest, kind, lagNanos);
      }
      long idleMillis = idleMillis(connection);
      boolean empty = connection.heldBytes() == connection.baseBytes();
      boolean fresh = empty && idleMillis < FRESH_MAX.toMillis();
      var kind = connection.unused() ? Kind.UNUSED : Kind.BETWEEN;
      return new Candidate(
          connection,
          ofLargest,
          fresh ? Kind.FRESH : kind,
          forMemory ? connection.heldBytes() : idleMillis);
    }

    private static long idleMillis(ClientConnection connection) {
      return connection.getEndPoint() instanceof AbstractEndPoint endPoint
          ? endPoint.getIdleFor()
          : 0;
    }

    @Override
    public int compareTo(Candidate other) {
      return ORDER.compare(this, other);
    }
  }

  private static void close(ClientConnection connection) {
    if (connection.busy()) {
      connection.reset();
    } else {
      connection.getEndPoint().close();
    }
  }

  private void warn() {
    long now = System.nanoTime();
    if (warnedNanos == 0 || now - warnedNanos > WARN_INTERVAL.toNanos()) {
      warnedNanos = now;
      LOG.warn(
          "{} client connections occupy {} KiB; at most {} connections and {} KiB are allowed, and"
              + " of one address {} and {} KiB. Closing idle ones and those of slow clients, or"
              + " new ones if there are none",
          open.size(),
          bytes.total >> 10,
          connections.max,
          bytes.max >> 10,
          connections.perClientMax,
          bytes.perClientMax >> 10);
    }
  }

  /// The present use.
  synchronized ConnectionUse use() {
    return new ConnectionUse(open.size(), connections.max, bytes.total, bytes.max, closed);
  }

  @Override
  public synchronized void onClosed(Connection ended) {
    if (ended instanceof ClientConnection connection) {
      remove(connection);
    }
  }

  private void remove(ClientConnection connection) {
    if (open.remove(connection)) {
      connections.total--;
      bytes.total -= connection.heldBytes();
      shares.computeIfPresent(
          connection.network(),
          (_, share) -> {
            share.connections--;
            share.bytes -= connection.heldBytes();
            return share.connections == 0 ? null : share;
          });
    }
  }
}
