package dev.backlane.gateway.upstream;

import dev.backlane.engine.memory.OutOfMemory;
import dev.backlane.engine.operation.Obstacle;
import dev.backlane.gateway.connect.Authority;
import dev.backlane.gateway.connect.ClientPace;
import dev.backlane.gateway.connect.ConnectRace;
import dev.backlane.gateway.connect.HostAddresses;
import dev.backlane.gateway.connect.IdleTrials;
import dev.backlane.gateway.connect.NoSocketException;
import dev.backlane.gateway.connect.SocketBuffers;
import dev.backlane.gateway.connect.UnacknowledgedSends;
import java.io.IOException;
import java.net.InetAddress;
import java.net.StandardSocketOptions;
import java.net.URI;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The outgoing HTTP/1.1 client: one upstream, pooled connections, blocking. It adds only `Host`
/// and the framing to a request, follows no redirects, keeps no cookies, decodes no content and
/// repeats nothing, except a repeatable request on a kept connection that was closed. Thread-safe.
/// See docs/adr/0003-outgoing-client.md and docs/adr/0014-outgoing-connections.md.
public final class UpstreamClient implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(UpstreamClient.class);

  private static final Duration THREAD_IDLE_MAX = Duration.ofSeconds(30);

  /// How often waits for a silent upstream are checked.
  private static final Duration SILENCE_INTERVAL = Duration.ofMillis(250);

  private final Authority authority;
  private final Pattern ownHost;
  private final Supplier<SSLContext> tls;
  private final Duration connectTimeout;
  private final ProxiedConnections proxied;
  private final ScheduledThreadPoolExecutor deadlines;
  private final IdleConnections idle;
  private final OwnedConnections owned;
  private final Set<Exchange> inUse = ConcurrentHashMap.newKeySet();
  private final HostAddresses hosts;
  private final Listener listener;
  private final UnacknowledgedSends unacknowledged = new UnacknowledgedSends();
  private final Watch deadConnections = new Watch(UnacknowledgedSends.INTERVAL, this::abortDead);
  private final Watch silentUpstream = new Watch(SILENCE_INTERVAL, this::endSilent);

  /// Receives each request at its end.
  @FunctionalInterface
  public interface Listener {
    /// Ignores requests.
    Listener NONE = (_, _, _, _) -> {};

    /// A request has ended, with or without a response. Must return at once and must not throw.
    ///
    /// @param statusCode of the response; 0: none was received
    /// @param aborted whether the gateway itself ended it before the response
    void ended(String method, int statusCode, boolean aborted, long tookNanos);
  }

  /// @param base scheme (`http` or `https`), host, port, and a path that is put before every target
  /// @param connectTimeout the longest time to open a connection, including the look-up of the host
  ///     and TLS; for a proxied call also including the wait for a free one
  /// @param proxiedMax connections that proxied calls use at the same time, at least 1
  public UpstreamClient(URI base, Duration connectTimeout, int proxiedMax) {
    this(base, connectTimeout, proxiedMax, UpstreamClient::defaultTls, new HostAddresses());
  }

  /// As above, with the given keys and trusted certificates instead of the defaults.
  ///
  /// @param tls called for each connection; a connection that was opened with another context is
  ///     not reused
  /// @param hosts looks the host up
  public UpstreamClient(
      URI base,
      Duration connectTimeout,
      int proxiedMax,
      Supplier<SSLContext> tls,
      HostAddresses hosts) {
    this(base, connectTimeout, proxiedMax, tls, hosts, Listener.NONE);
  }

  /// As above, and reports each request at its end.
  public UpstreamClient(
      URI base,
      Duration connectTimeout,
      int proxiedMax,
      Supplier<SSLContext> tls,
      HostAddresses hosts,
      Listener listener) {
    this.hosts = hosts;
    this.listener = listener;
    this.authority = Authority.of(base);
    this.ownHost =
        Pattern.compile(
            "(?<![A-Za-z0-9.-])" + Pattern.quote(authority.host()) + "(?::\\d+)?(?![A-Za-z0-9-])",
            Pattern.CASE_INSENSITIVE);
    this.tls = tls;
    this.connectTimeout = connectTimeout;
    this.proxied = new ProxiedConnections(proxiedMax);
    this.deadlines =
        new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().name("upstream-deadlines").daemon().factory());
    deadlines.setRemoveOnCancelPolicy(true);
    deadlines.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    deadlines.setKeepAliveTime(THREAD_IDLE_MAX.toSeconds(), TimeUnit.SECONDS);
    deadlines.allowCoreThreadTimeOut(true);
    // An exchange may end after the client was closed.
    deadlines.setRejectedExecutionHandler(new ThreadPoolExecutor.DiscardPolicy());
    IdleTrials.Timer timer =
        (delay, action) -> {
          var _ = after(delay, action);
        };
    this.idle = new IdleConnections(timer);
    this.owned = new OwnedConnections(proxiedMax, timer);
  }

  /// The keys and trusted certificates of the platform.
  public static SSLContext defaultTls() {
    try {
      return SSLContext.getDefault();
    } catch (NoSuchAlgorithmException broken) {
      throw new IllegalStateException("this Java has no TLS", broken);
    }
  }

  /// A new exchange: one request and its response. Close it when the response was read or is no
  /// longer needed. The caller limits how many are open at the same time.
  public Exchange exchange() {
    return new Exchange(this, authority, Optional.empty(), Optional.empty());
  }

  /// A new exchange for a proxied call. It waits until fewer than `proxiedMax` of them have a
  /// connection, and may be aborted while others wait if its client is slow.
  public Exchange proxied(ClientPace client, CallOrigin origin) {
    return new Exchange(this, authority, Optional.of(client), Optional.of(origin));
  }

  /// Closes idle connections; those in use end with their exchange.
  @Override
  public void close() {
    deadlines.shutdownNow();
    idle.close();
    owned.close();
  }

  void ended(String method, int statusCode, boolean aborted, long tookNanos) {
    listener.ended(method, statusCode, aborted, tookNanos);
  }

  /// Runs an action later, on a thread of the client: it must not block.
  ScheduledFuture<?> after(Duration delay, Runnable action) {
    return deadlines.schedule(action, delay.toNanos(), TimeUnit.NANOSECONDS);
  }

  /// Sets the connection of an exchange: a kept one, or a fresh one. The exchange releases it.
  void connect(Exchange exchange, OutgoingRequest request) throws NotSentException {
    long deadlineNanos = System.nanoTime() + connectTimeout.toNanos();
    if (exchange.proxied()) {
      proxied.acquire(exchange, deadlineNanos);
    }
    boolean connected = false;
    try {
      exchange.admitted();
      var context = context();
      var kept = kept(exchange, request, context);
      if (kept == null) {
        open(exchange, context, deadlineNanos);
      } else {
        exchange.hold(kept);
      }
      inUse.add(exchange);
      deadConnections.begin();
      silentUpstream.begin();
      connected = true;
    } finally {
      if (!connected) {
        proxied.release(exchange);
      }
    }
  }

  private @Nullable Connection kept(
      Exchange exchange, OutgoingRequest request, Optional<SSLContext> context) {
    var own = exchange.origin().map(origin -> owned.take(origin, request, context));
    return own.orElseGet(() ->
        idle.take(request.repeat() != OutgoingRequest.Repeat.NEVER, context, inUse.size() + 1));
  }

  /// Replaces the kept connection of an exchange, which turned out to be closed, by a fresh one.
  void reconnect(Exchange exchange, Connection closed) throws NotSentException {
    idle.foundClosed(closed);
    closed.close();
    open(exchange, context(), System.nanoTime() + connectTimeout.toNanos());
  }

  private Optional<SSLContext> context() {
    return authority.secure() ? Optional.of(tls.get()) : Optional.empty();
  }

  private void open(Exchange exchange, Optional<SSLContext> context, long deadlineNanos)
      throws NotSentException {
    var addresses = addresses(exchange, deadlineNanos);
    var race =
        new ConnectRace<>(channel -> {
          SocketBuffers.limit(channel, StandardSocketOptions.SO_RCVBUF, inUse.size());
          return Connection.of(channel, authority, context);
        });
    exchange.connecting(race);
    try {
      exchange.hold(race.connect(addresses, authority.port(), deadlineNanos));
      exchange.opened();
    } catch (NotSentException aborted) {
      throw aborted;
    } catch (NoSocketException exhausted) {
      throw new NotSentException(
          Obstacle.RESOURCES, String.valueOf(exhausted.getMessage()), exhausted);
    } catch (IOException failed) {
      exchange.refuseIfAborted();
      throw new NotSentException(Obstacle.UPSTREAM_UNREACHABLE, failureMessage(failed), failed);
    }
  }

  private List<InetAddress> addresses(Exchange exchange, long deadlineNanos)
      throws NotSentException {
    try {
      long leftNanos = Math.max(0, deadlineNanos - System.nanoTime());
      return hosts.of(authority.host(), Duration.ofNanos(leftNanos), exchange.aborted());
    } catch (IOException unknown) {
      exchange.refuseIfAborted();
      throw new NotSentException(
          Obstacle.UPSTREAM_UNREACHABLE, "the upstream's host does not resolve", unknown);
    }
  }

  /// The failure of a TLS handshake that the upstream refused after this side had completed it.
  NotSentException refused(IOException handshake) {
    return new NotSentException(
        Obstacle.UPSTREAM_UNREACHABLE, failureMessage(handshake), handshake);
  }

  // Without the address of the upstream, because callers read it in the state of their operations.
  private String failureMessage(IOException failed) {
    var step = failed instanceof SSLException ? "TLS with" : "connecting to";
    var why = ownHost.matcher(String.valueOf(failed.getMessage())).replaceAll("the upstream");
    return step + " the upstream failed: " + why;
  }

  /// A check that is repeated while an exchange has a connection.
  private final class Watch {
    private final Duration interval;
    private final Runnable check;
    private final AtomicBoolean scheduled = new AtomicBoolean();

    Watch(Duration interval, Runnable check) {
      this.interval = interval;
      this.check = check;
    }

    void begin() {
      if (!scheduled.get() && scheduled.compareAndSet(false, true)) {
        var _ = after(interval, this::run);
      }
    }

    private void run() {
      try {
        check.run();
      } catch (RuntimeException | Error failure) {
        OutOfMemory.endProcess(failure);
        LOG.error("Checking the connections to the upstream failed; retrying", failure);
      }
      scheduled.set(false);
      // An exchange that began just now has seen that this check is scheduled.
      if (!inUse.isEmpty() && !deadlines.isShutdown()) {
        begin();
      }
    }
  }

  private void abortDead() {
    var dead = unacknowledged.dead(System.nanoTime());
    for (var exchange : inUse) {
      exchange.abortIfDead(dead);
    }
  }

  private void endSilent() {
    long now = System.nanoTime();
    for (var exchange : inUse) {
      exchange.endIfSilent(now);
    }
  }

  /// A response has begun.
  ///
  /// @param sentNanos when its request was sent, by [System#nanoTime]
  void responded(long sentNanos) {
    idle.responded(sentNanos);
  }

  /// Keeps the connection of an exchange that has completed.
  void reuse(Exchange exchange, Connection connection, Duration upstreamKeeps) {
    idle.put(connection, upstreamKeeps);
    release(exchange);
  }

  /// Keeps a connection that authenticates its peer for further calls of the same origin; closes it
  /// if the exchange has none.
  void reuseForOrigin(Exchange exchange, Connection connection, Duration upstreamKeeps) {
    connection.authenticatePeer();
    exchange
        .origin()
        .ifPresentOrElse(
            origin -> owned.keep(connection, origin, upstreamKeeps),
            () -> idle.discard(connection));
    release(exchange);
  }

  /// Ends the use of a connection.
  void release(Exchange exchange) {
    inUse.remove(exchange);
    proxied.release(exchange);
  }
}
