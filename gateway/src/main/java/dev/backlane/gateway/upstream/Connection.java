package dev.backlane.gateway.upstream;

import dev.backlane.gateway.connect.ArrivedBytes;
import dev.backlane.gateway.connect.Authority;
import dev.backlane.gateway.connect.IdleTrials;
import dev.backlane.gateway.connect.UnacknowledgedSends.Ends;
import dev.backlane.gateway.upstream.wire.ResponseInput;
import dev.backlane.gateway.upstream.wire.WatchedInput;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One open connection to the upstream. Used by one thread at a time; [#abort] and [#isOpen] may be
/// called by any.
final class Connection implements IdleTrials.Candidate {
  private static final Logger LOG = LoggerFactory.getLogger(Connection.class);

  /// With this version of TLS, a client completes the handshake before the server has checked its
  /// certificate.
  private static final String REFUSES_LATE = "TLSv1.3";

  /// How long the alert that explains a failed write is waited for.
  private static final Duration ALERT_WAIT = Duration.ofMillis(500);

  /// A shorter wait is limited by the socket, to the millisecond, which costs a timer for each
  /// read.
  private static final Duration WATCHED_MIN = Duration.ofSeconds(5);

  private final SocketChannel channel;
  private final Optional<SSLContext> context;
  private final Socket socket;
  private final WatchedInput in;
  private final OutputStream out;
  private final Ends ends;
  private final boolean refusesLate;
  private final long openedNanos = System.nanoTime();
  private final ResponseInput buffer = new ResponseInput();
  private int timeoutMillis;

  /// Guards the fields below. The check of an idle connection switches its channel to non-blocking,
  /// so it must not overlap with its use.
  private final ReentrantLock idleLock = new ReentrantLock();

  private boolean idle;
  private boolean used;
  private boolean authenticatesPeer;
  private long idleSinceNanos;
  private long usableUntilNanos;
  private long seenOpenNanos;

  private Connection(SocketChannel channel, Optional<SSLContext> context, Socket socket)
      throws IOException {
    this.channel = channel;
    this.context = context;
    this.socket = socket;
    this.in = new WatchedInput(socket.getInputStream(), this::abort);
    this.out = socket.getOutputStream();
    this.refusesLate =
        socket instanceof SSLSocket secured
            && secured.getSession().getProtocol().equals(REFUSES_LATE);
    this.ends =
        new Ends(channel.socket().getLocalPort(), (InetSocketAddress) channel.getRemoteAddress());
  }

  /// Completes a connection by the TLS handshake, if there is one.
  static Connection of(SocketChannel connected, Authority authority, Optional<SSLContext> tls)
      throws IOException {
    if (tls.isEmpty()) {
      return new Connection(connected, tls, connected.socket());
    }
    var secured =
        (SSLSocket)
            tls.get()
                .getSocketFactory()
                .createSocket(connected.socket(), authority.host(), authority.port(), true);
    var parameters = new SSLParameters();
    parameters.setEndpointIdentificationAlgorithm("HTTPS");
    parameters.setApplicationProtocols(new String[] {"http/1.1"});
    secured.setSSLParameters(parameters);
    secured.startHandshake();
    return new Connection(connected, tls, secured);
  }

  /// The longest wait of a read; zero: no limit. A read that waits for too long fails with a
  /// [java.net.SocketTimeoutException]. If the limit is at least [#WATCHED_MIN], this needs
  /// [#endIfSilent], and the connection is closed.
  void silenceMax(Duration silence) throws IOException {
    boolean watched = silence.compareTo(WATCHED_MIN) >= 0;
    in.limit(watched ? silence : Duration.ZERO);
    int millis =
        watched || silence.isZero()
            ? 0
            : Math.clamp(silence.toMillis(), 1, (int) WATCHED_MIN.toMillis());
    if (millis != timeoutMillis) {
      socket.setSoTimeout(millis);
      timeoutMillis = millis;
    }
  }

  /// Ends a read that waits for too long. For any thread.
  ///
  /// @param left how much longer it may wait nevertheless; zero or less: no longer
  void endIfSilent(long nowNanos, Supplier<Duration> left) {
    in.endIfSilent(nowNanos, left);
  }

  ResponseInput buffer() {
    return buffer;
  }

  InputStream in() {
    return in;
  }

  OutputStream out() {
    return out;
  }

  /// The addresses of both ends.
  Ends ends() {
    return ends;
  }

  /// Whether an exchange has ended on this connection before.
  boolean used() {
    return used;
  }

  /// Why the upstream has refused the TLS handshake after this side had completed it, such as
  /// because of this side's certificate; empty if it has not. It has not read what was sent since
  /// (RFC 8446 section 4.4). To be called once, before any byte of a response was received.
  Optional<SSLHandshakeException> refusalOfHandshake(IOException failed) {
    if (!refusesLate || used) {
      return Optional.empty();
    }
    if (failed instanceof SSLHandshakeException refused) {
      return Optional.of(refused);
    }
    // A write fails with another exception, and leaves the alert of the upstream to be read.
    try {
      silenceMax(ALERT_WAIT);
      int received = in.read();
      LOG.trace("no alert but {} was received after a failed write", received);
      return Optional.empty();
    } catch (SSLHandshakeException refused) {
      return Optional.of(refused);
    } catch (IOException other) {
      return Optional.empty();
    }
  }

  /// Whether it was opened with this TLS context.
  boolean usesContext(Optional<SSLContext> tls) {
    return tls.equals(context);
  }

  /// Whether requests on it may be served under an identity that an earlier one established.
  boolean authenticatesPeer() {
    return authenticatesPeer;
  }

  /// Marks that the upstream authenticates connections, see [PeerAuthentication].
  void authenticatePeer() {
    authenticatesPeer = true;
  }

  /// Marks the end of an exchange.
  void idle(Duration usableFor) {
    idleLock.lock();
    try {
      idle = true;
      used = true;
      idleSinceNanos = System.nanoTime();
      seenOpenNanos = idleSinceNanos;
      usableUntilNanos = idleSinceNanos + usableFor.toNanos();
    } finally {
      idleLock.unlock();
    }
  }

  /// How long it has been idle.
  @Override
  public Duration idleFor() {
    return Duration.ofNanos(System.nanoTime() - idleSinceNanos);
  }

  /// How long it was certainly open after its last exchange.
  @Override
  public Duration seenOpenFor() {
    return Duration.ofNanos(seenOpenNanos - idleSinceNanos);
  }

  /// Whether it is too old, or idle for too long, to be used again.
  boolean expired(Duration ageMax) {
    long now = System.nanoTime();
    return now - usableUntilNanos >= 0 || now - openedNanos >= ageMax.toNanos();
  }

  /// Takes an idle connection for another exchange.
  ///
  /// @return whether it is open
  boolean take() {
    idleLock.lock();
    try {
      boolean open = isOpenNow();
      idle = false;
      return open;
    } finally {
      idleLock.unlock();
    }
  }

  /// Whether the upstream has not closed it, as far as can be seen. Any unrequested byte, including
  /// the end of a TLS session, makes a connection unusable. True for a connection in use.
  @Override
  public boolean isOpen() {
    idleLock.lock();
    try {
      return !idle || isOpenNow();
    } finally {
      idleLock.unlock();
    }
  }

  private boolean isOpenNow() {
    if (buffer.hasBufferedData()) {
      return false;
    }
    try {
      // Bytes of a TLS record that were decrypted together with the end of the last response.
      if (socket instanceof SSLSocket && in.available() > 0) {
        return false;
      }
      int read = ArrivedBytes.read(channel, ByteBuffer.allocate(1));
      seenOpenNanos = read == 0 ? System.nanoTime() : seenOpenNanos;
      return read == 0;
    } catch (IOException closed) {
      return false;
    }
  }

  /// Closes at once, with a reset, so that the upstream notices, and no local port stays in use.
  /// Wakes the thread that uses it. Idempotent.
  void abort() {
    try {
      channel.setOption(StandardSocketOptions.SO_LINGER, 0);
    } catch (IOException | UnsupportedOperationException gone) {
      // Closed already.
    }
    close();
  }

  /// Closes the connection normally. Idempotent.
  void close() {
    try {
      channel.close();
    } catch (IOException gone) {
      // Nothing more can be done to close it.
    }
  }
}
