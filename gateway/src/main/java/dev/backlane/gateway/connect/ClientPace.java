package dev.backlane.gateway.connect;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/// How fast the client of a proxied call sends its request and receives its response. Only the time
/// counts in which the gateway waits for the client, so a slow upstream does not make a client
/// slow. Thread-safe.
public final class ClientPace {
  /// What the gateway waits for.
  public enum Direction {
    /// Bytes of the request.
    REQUEST,
    /// Space for bytes of the response.
    RESPONSE
  }

  private final PeerNetwork network;
  private final Runnable endCall;
  private final long slowFromNanos;
  private final AtomicLong bytes = new AtomicLong();
  private Direction direction = Direction.REQUEST;
  private ClientLag lag = new ClientLag(bytes::get, Duration.ZERO);

  /// @param network the address of the client
  /// @param endCall closes the client's connection at once; called by another thread
  public ClientPace(PeerNetwork network, Runnable endCall) {
    this(network, endCall, ClientLag.SLOW_FROM);
  }

  /// @param slowFrom how far behind the client is slow
  public ClientPace(PeerNetwork network, Runnable endCall, Duration slowFrom) {
    this.network = network;
    this.endCall = endCall;
    this.slowFromNanos = slowFrom.toNanos();
  }

  /// The address of the client.
  public PeerNetwork network() {
    return network;
  }

  /// The response has begun. A client may wait for more of it before it continues its request, so
  /// only the response counts from now on.
  public synchronized void respond() {
    direction = Direction.RESPONSE;
    lag = new ClientLag(bytes::get, Duration.ZERO);
  }

  /// The gateway begins to wait for the client.
  public synchronized void waits(Direction what) {
    if (what == direction) {
      lag.waits();
    }
  }

  /// The wait has ended.
  ///
  /// @param count bytes received or sent
  public synchronized void moved(Direction what, int count) {
    if (what == direction) {
      bytes.addAndGet(Math.max(0, count));
      lag.moved();
    }
  }

  /// How far the client is behind, in nanoseconds; 0 if it is not slow.
  public synchronized long slowByNanos() {
    long nanos = lag.nanos();
    return nanos >= slowFromNanos ? nanos : 0;
  }

  /// Ends the call of the client.
  public void endCall() {
    endCall.run();
  }
}
