package dev.backlane.gateway.upstream;

import dev.backlane.gateway.connect.IdleTrials;
import dev.backlane.gateway.http.Call.ConnectionScope;
import dev.backlane.gateway.upstream.wire.PeerAuthentication;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/// The idle connections that authenticate their peer, see [PeerAuthentication]. Each belongs to one
/// connection of a client and is closed with it: the steps of a handshake, and the calls after it,
/// reach the upstream on the same connection, and no other caller's call does. Thread-safe.
final class OwnedConnections {
  /// How long one is kept without use. A client whose connection was closed authenticates again.
  private static final Duration IDLE_MAX = Duration.ofMinutes(1);

  /// Their age is not limited: a handshake would be lost.
  private static final Duration AGE_MAX = Duration.ofDays(365);

  private final int max;
  private final IdleTrials.Timer timer;
  private final Set<Owned> idle = new LinkedHashSet<>();

  /// @param max at the same time; beyond it, the one that is idle for the longest time is closed
  OwnedConnections(int max, IdleTrials.Timer timer) {
    this.max = max;
    this.timer = timer;
  }

  private final class Owned implements ConnectionScope.Resource {
    private final Connection connection;
    private final CallOrigin origin;

    Owned(Connection connection, CallOrigin origin) {
      this.connection = connection;
      this.origin = origin;
    }

    @Override
    public void close() {
      if (remove(this)) {
        connection.close();
      }
    }
  }

  private synchronized boolean remove(Owned owned) {
    return idle.remove(owned);
  }

  /// Takes the connection that belongs to the origin of a call. It is closed instead if the call
  /// comes from another client of the same proxy, has credentials of its own, or if the connection
  /// cannot be used again.
  @Nullable Connection take(CallOrigin origin, OutgoingRequest request, Optional<SSLContext> tls) {
    if (!(origin.connection().take() instanceof Owned owned) || !remove(owned)) {
      return null;
    }
    var connection = owned.connection;
    boolean fits =
        owned.origin.equals(origin)
            && !PeerAuthentication.otherThanIn(request.headers())
            && connection.usesContext(tls)
            && !connection.expired(AGE_MAX);
    if (connection.take() && fits) {
      return connection;
    }
    connection.close();
    return null;
  }

  /// Keeps a connection for further calls of the same origin.
  ///
  /// @param upstreamKeeps how long the upstream keeps it open
  void keep(Connection connection, CallOrigin origin, Duration upstreamKeeps) {
    var usable = upstreamKeeps.compareTo(IDLE_MAX) < 0 ? upstreamKeeps : IDLE_MAX;
    connection.idle(usable);
    var owned = new Owned(connection, origin);
    added(owned).forEach(Owned::close);
    origin.connection().keep(owned);
    timer.after(usable, owned::close);
  }

  private synchronized List<Owned> added(Owned owned) {
    idle.add(owned);
    return idle.stream().limit(Math.max(0, idle.size() - max)).toList();
  }

  /// Closes them.
  void close() {
    all().forEach(Owned::close);
  }

  private synchronized List<Owned> all() {
    return new ArrayList<>(idle);
  }
}
