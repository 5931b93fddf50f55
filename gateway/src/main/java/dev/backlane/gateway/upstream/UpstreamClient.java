package dev.backlane.gateway.upstream;

import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.Deque;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/// The outgoing HTTP/1.1 client: one upstream, a bounded number of pooled connections, blocking. It
/// adds only `Host` and the framing to a request, follows no redirects, keeps no cookies, decodes
/// no content and repeats nothing. Thread-safe. See docs/adr/0003-outgoing-client.md.
public final class UpstreamClient implements AutoCloseable {
  /// How long an idle connection is reused when the upstream does not say: just under the 5 s of
  /// Node.js, the shortest default of servers in wide use. A request on a closing connection has an
  /// unknown outcome.
  private static final Duration IDLE_MAX = Duration.ofSeconds(4);

  /// A connection older than this is not reused, so that a change of the upstream's address takes
  /// effect.
  private static final Duration AGE_MAX = Duration.ofMinutes(5);

  /// How often a wait for a connection checks whether its exchange was aborted.
  private static final Duration ABORT_CHECK_INTERVAL = Duration.ofMillis(100);

  private final Authority authority;
  private final Supplier<SSLContext> tls;
  private final Duration connectTimeout;
  private final Semaphore permits;
  private final Deque<Connection> idle = new ConcurrentLinkedDeque<>();
  private final ScheduledThreadPoolExecutor deadlines;
  private volatile boolean closed;

  /// @param base scheme (`http` or `https`), host, port, and a path that is put before every target
  /// @param connectTimeout the longest wait for a free connection and its opening, including TLS
  /// @param connectionsMax open or in use at the same time, at least 1
  public UpstreamClient(URI base, Duration connectTimeout, int connectionsMax) {
    this(base, connectTimeout, connectionsMax, UpstreamClient::defaultTls);
  }

  /// As above, with the given keys and trusted certificates instead of the defaults.
  ///
  /// @param tls called for each connection; a connection that was opened with another context is
  ///     not reused
  public UpstreamClient(
      URI base, Duration connectTimeout, int connectionsMax, Supplier<SSLContext> tls) {
    this.authority = Authority.of(base);
    this.tls = tls;
    this.connectTimeout = connectTimeout;
    this.permits = new Semaphore(connectionsMax, true);
    this.deadlines =
        new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().name("upstream-deadlines").daemon().factory());
    deadlines.setRemoveOnCancelPolicy(true);
  }

  private static SSLContext defaultTls() {
    try {
      return SSLContext.getDefault();
    } catch (NoSuchAlgorithmException broken) {
      throw new IllegalStateException("this Java has no TLS", broken);
    }
  }

  /// A new exchange: one request and its response. Close it when the response was read or is no
  /// longer needed.
  public Exchange exchange() {
    return new Exchange(this, authority);
  }

  /// Closes idle connections; those in use end with their exchange.
  @Override
  public void close() {
    closed = true;
    deadlines.shutdownNow();
    for (var connection = idle.poll(); connection != null; connection = idle.poll()) {
      connection.close();
    }
  }

  /// Runs an action later, on a thread of the client: it must not block.
  ScheduledFuture<?> after(Duration delay, Runnable action) {
    return deadlines.schedule(action, delay.toNanos(), TimeUnit.NANOSECONDS);
  }

  /// Sets the connection of an exchange: a pooled one, or a new one. The exchange releases it.
  void connect(Exchange exchange) throws NotSentException {
    long deadlineNanos = System.nanoTime() + connectTimeout.toNanos();
    awaitPermit(exchange, deadlineNanos);
    boolean connected = false;
    try {
      var pooled = pooled();
      if (pooled != null) {
        exchange.hold(pooled);
      } else {
        open(exchange, deadlineNanos);
      }
      connected = true;
    } finally {
      if (!connected) {
        permits.release();
      }
    }
  }

  private void awaitPermit(Exchange exchange, long deadlineNanos) throws NotSentException {
    if (permits.tryAcquire()) {
      return;
    }
    try {
      long slice = ABORT_CHECK_INTERVAL.toNanos();
      for (long left = deadlineNanos - System.nanoTime();
          left > 0;
          left = deadlineNanos - System.nanoTime()) {
        if (permits.tryAcquire(Math.min(left, slice), TimeUnit.NANOSECONDS)) {
          return;
        }
        exchange.refuseIfAborted();
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new NotSentException("interrupted while waiting for a connection", interrupted);
    }
    throw new NotSentException(
        "no connection became free within " + connectTimeout.toMillis() + " ms", true);
  }

  private @Nullable Connection pooled() {
    for (var connection = idle.poll(); connection != null; connection = idle.poll()) {
      if (connection.reusable(AGE_MAX)
          && (!authority.secure() || connection.usesContext(tls.get()))) {
        return connection;
      }
      connection.close();
    }
    return null;
  }

  private void open(Exchange exchange, long deadlineNanos) throws NotSentException {
    var addresses = addresses();
    for (int each = 0; ; each++) {
      try {
        var connection = Connection.unconnected();
        exchange.hold(connection);
        connection.connect(
            addresses[each],
            authority,
            authority.secure() ? Optional.of(tls.get()) : Optional.empty(),
            deadlineNanos);
        exchange.opened();
        return;
      } catch (NotSentException aborted) {
        throw aborted;
      } catch (IOException failed) {
        exchange.drop();
        exchange.refuseIfAborted();
        if (each == addresses.length - 1) {
          throw new NotSentException(failureMessage(failed), failed);
        }
      }
    }
  }

  private InetAddress[] addresses() throws NotSentException {
    try {
      return InetAddress.getAllByName(authority.host());
    } catch (UnknownHostException unknown) {
      throw new NotSentException(
          "the upstream's host " + authority.host() + " does not resolve", unknown);
    }
  }

  private String failureMessage(IOException failed) {
    String step = failed instanceof SSLException ? "TLS with " : "connecting to ";
    return step + authority.host() + ":" + authority.port() + " failed: " + failed.getMessage();
  }

  /// Returns a connection to the pool after an exchange that completed.
  void reuse(Connection connection, Duration upstreamKeeps) {
    connection.idle(upstreamKeeps.compareTo(IDLE_MAX) < 0 ? upstreamKeeps : IDLE_MAX);
    idle.push(connection);
    permits.release();
    if (closed) {
      close();
    }
  }

  /// Releases the permit of a connection that was closed.
  void releasePermit() {
    permits.release();
  }
}
