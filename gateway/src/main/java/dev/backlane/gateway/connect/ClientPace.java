package dev.backlane.gateway.connect;

import java.time.Duration;

/// How fast the client of a proxied call sends its request and receives its response. Only the time
/// counts in which the gateway waits for the client, so a slow upstream does not make a client
/// slow. Thread-safe.
public final class ClientPace {
  private static final Duration MEASURED_FOR = Duration.ofSeconds(5);

  /// A client at this rate needs 4 min for a mebibyte.
  private static final long SLOW_BYTES_PER_SECOND = 4 * 1024;

  /// What the gateway waits for.
  public enum Direction {
    /// Bytes of the request.
    REQUEST,
    /// Space for bytes of the response.
    RESPONSE
  }

  private final PeerNetwork network;
  private final Runnable endCall;
  private final long measuredForNanos;
  private Direction direction = Direction.REQUEST;
  private boolean waiting;
  private long waitingSinceNanos;
  private long waitedNanos;
  private long bytes;
  private boolean lastSlow;

  /// @param network the address of the client
  /// @param endCall closes the client's connection at once; called by another thread
  public ClientPace(PeerNetwork network, Runnable endCall) {
    this(network, endCall, MEASURED_FOR);
  }

  /// @param measuredFor the time of waiting after which the client can be slow
  public ClientPace(PeerNetwork network, Runnable endCall, Duration measuredFor) {
    this.network = network;
    this.endCall = endCall;
    this.measuredForNanos = measuredFor.toNanos();
  }

  /// The address of the client.
  public PeerNetwork network() {
    return network;
  }

  /// The response has begun. A client may wait for more of it before it continues its request, so
  /// only the response counts from now on.
  public synchronized void respond() {
    direction = Direction.RESPONSE;
    waiting = false;
    reset();
    lastSlow = false;
  }

  /// The gateway begins to wait for the client.
  public synchronized void waits(Direction what) {
    if (what == direction) {
      waiting = true;
      waitingSinceNanos = System.nanoTime();
    }
  }

  /// The wait has ended.
  ///
  /// @param count bytes received or sent
  public synchronized void moved(Direction what, int count) {
    if (what != direction || !waiting) {
      return;
    }
    waiting = false;
    waitedNanos += System.nanoTime() - waitingSinceNanos;
    bytes += Math.max(0, count);
    if (waitedNanos >= measuredForNanos) {
      lastSlow = slow(waitedNanos);
      reset();
    }
  }

  private void reset() {
    waitedNanos = 0;
    bytes = 0;
  }

  private boolean slow(long nanos) {
    return bytes < SLOW_BYTES_PER_SECOND * nanos / Duration.ofSeconds(1).toNanos();
  }

  /// Whether the client is slow: below 4 KiB/s in the last 5 s of waiting for it.
  public synchronized boolean slow() {
    long nanos = waitedNanos + (waiting ? System.nanoTime() - waitingSinceNanos : 0);
    return nanos >= measuredForNanos ? slow(nanos) : lastSlow;
  }

  /// Ends the call of the client.
  public void endCall() {
    endCall.run();
  }
}
