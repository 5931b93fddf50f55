package dev.backlane.gateway.http.jetty;

import dev.backlane.gateway.http.CallHandler;
import dev.backlane.gateway.http.CallReport;
import dev.backlane.gateway.http.ListenerSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.concurrent.TimeoutException;
import javax.net.ssl.SSLContext;
import org.eclipse.jetty.http.HttpCompliance;
import org.eclipse.jetty.io.ArrayByteBufferPool;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.io.SocketChannelEndPoint;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.Connector;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.server.handler.GracefulHandler;
import org.eclipse.jetty.util.ssl.SslContextFactory;
import org.eclipse.jetty.util.thread.VirtualThreadPool;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The open port, served by Jetty: HTTP/1.1 and HTTP/1.0, each call on a virtual thread.
/// Thread-safe.
public final class JettyListener implements AutoCloseable {
  /// Strict, except that the authority of a target takes precedence over another `Host` instead of
  /// being refused with it (RFC 9112 section 3.2.2).
  private static final HttpCompliance COMPLIANCE =
      HttpCompliance.STRICT.with("BACKLANE", HttpCompliance.Violation.MISMATCHED_AUTHORITY);

  private static final Logger LOG = LoggerFactory.getLogger(JettyListener.class);

  /// The request line and the header fields together may always have this size.
  private static final int HEAD_BYTES_MIN = 16 * 1024;

  /// Enough for usual requests; each connection that is being read holds one buffer.
  private static final int INPUT_BUFFER_BYTES = 8 * 1024;

  private static final int RESPONSE_HEAD_BYTES = 8 * 1024;

  /// Above the 256 KiB that the gateway accepts of an upstream's head.
  private static final int RESPONSE_HEAD_BYTES_MAX = 512 * 1024;

  private static final int POOLED_BUFFER_BYTES_MAX = 64 * 1024;
  private static final int POOLED_BUFFERS_PER_SIZE_MAX = 1024;
  private static final long POOL_BYTES_MAX = 16L * 1024 * 1024;
  private static final int ACCEPT_QUEUE_MAX = 1024;
  private static final Duration STOP_GRACE = Duration.ofSeconds(5);

  /// How long a connection may stay idle while the listener closes.
  private static final Duration IDLE_CLOSE = Duration.ofSeconds(1);

  private final Server server;
  private final ServerConnector connector;
  private final CallDispatcher dispatcher;
  private final LateHeads lateHeads;
  private final ConnectionShares shares;
  private int port;

  private JettyListener(ListenerSettings settings) {
    dispatcher = new CallDispatcher(ClientLimits.of(settings));
    server = new Server(threads(), null, buffers());
    shares = new ConnectionShares(settings.connectionsMax(), settings.connectionBytesMax());
    connector = connector(server, settings, shares);
    lateHeads = new LateHeads(connector::getConnectedEndPoints, settings.requestTimeout());
    server.addConnector(connector);
    connector.addBean(shares);
    server.setHandler(new GracefulHandler(dispatcher));
    server.setErrorHandler(new Refusals());
    server.setStopTimeout(STOP_GRACE.toMillis());
  }

  /// Opens the port. Requests that arrive before [#serve] get 503.
  ///
  /// @throws UncheckedIOException if the port cannot be opened; the message names it
  public static JettyListener open(ListenerSettings settings) {
    var listener = new JettyListener(settings);
    try {
      listener.connector.open();
      listener.port = listener.connector.getLocalPort();
    } catch (IOException taken) {
      // Jetty wraps what the operating system reports.
      throw settings.cannotListen(taken.getCause() instanceof IOException cause ? cause : taken);
    }
    listener.start();
    return listener;
  }

  /// What a connection of a client occupies at least, in bytes.
  public static long connectionBytes(boolean tls) {
    return HeldMemory.CONNECTION + (tls ? HeldMemory.TLS : 0);
  }

  private void start() {
    try {
      server.start();
      lateHeads.start();
    } catch (Exception failed) {
      close();
      throw new IllegalStateException("the web server did not start", failed);
    }
  }

  // Unlimited: with a limit, blocked handlers could occupy all permits and prevent the tasks that
  // unblock them.
  private static VirtualThreadPool threads() {
    var threads = new VirtualThreadPool(0);
    threads.setName("http");
    return threads;
  }

  private static ArrayByteBufferPool buffers() {
    return new ArrayByteBufferPool(
        0,
        -1,
        POOLED_BUFFER_BYTES_MAX,
        POOLED_BUFFERS_PER_SIZE_MAX,
        POOL_BYTES_MAX,
        POOL_BYTES_MAX);
  }

  private static ServerConnector connector(
      Server server, ListenerSettings settings, ConnectionShares shares) {
    var http = new Http1(http(settings), settings, shares);
    var connector =
        settings
            .tls()
            .map(context -> new Sockets(server, tls(context, http), http))
            .orElseGet(() -> new Sockets(server, http));
    connector.setHost(settings.host());
    connector.setPort(settings.port());
    connector.setIdleTimeout(settings.idleTimeout().toMillis());
    connector.setAcceptQueueSize(ACCEPT_QUEUE_MAX);
    return connector;
  }

  private static SslConnectionFactory tls(SSLContext context, HttpConnectionFactory http) {
    var settings = new SslContextFactory.Server();
    settings.setSslContext(context);
    settings.setRenegotiationAllowed(false);
    var tls = new SslConnectionFactory(settings, http.getProtocol());
    // The customizer would refuse every Host that the certificate does not contain, such as an IP
    // address.
    tls.setEnsureSecureRequestCustomizer(false);
    return tls;
  }

  private static HttpConfiguration http(ListenerSettings settings) {
    var http = new HttpConfiguration();
    http.setHttpCompliance(COMPLIANCE);
    http.setRequestHeaderSize(Math.max(HEAD_BYTES_MIN, settings.headerBytesMax()));
    http.setResponseHeaderSize(RESPONSE_HEAD_BYTES);
    http.setMaxResponseHeaderSize(RESPONSE_HEAD_BYTES_MAX);
    http.setInputBufferSize(INPUT_BUFFER_BYTES);
    http.setSendServerVersion(false);
    // A value that differs in letter case from one that Jetty knows is passed on as received.
    http.setHeaderCacheCaseSensitive(true);
    http.setHeaderCacheSize(0);
    return http;
  }

  /// Starts to pass calls on to a handler.
  public void serve(CallHandler handler) {
    serve(handler, CallReport.Listener.NONE);
  }

  /// As above, and reports each call at its end.
  public void serve(CallHandler handler, CallReport.Listener ends) {
    dispatcher.serve(handler, ends);
  }

  /// What the connections of clients occupy now, and what they may.
  public ConnectionUse connections() {
    return shares.use();
  }

  /// Closes each connection after its next response, which has `Connection: close`, so that clients
  /// open new ones elsewhere; new connections are still accepted.
  public void closeConnections() {
    dispatcher.closeConnections();
  }

  /// Closes the port. Calls in flight continue; a further request on an open connection gets 503,
  /// and its connection is closed.
  public void stopAccepting() {
    dispatcher.closeConnections();
    dispatcher.refuse();
    // Jetty would shorten the idle timeout of connections whose clients read their response slowly.
    connector.setShutdownIdleTimeout(connector.getIdleTimeout());
    var _ = connector.shutdown();
  }

  /// Calls in flight, from their head to the end of their response.
  public int inFlight() {
    return dispatcher.inFlight();
  }

  /// How long the oldest call has been in flight; zero if none is.
  public Duration oldestInFlight() {
    return dispatcher.oldest();
  }

  /// The port that is open.
  public int port() {
    return port;
  }

  /// Closes the port and the idle connections, waits up to 5 s for calls in flight, and closes the
  /// rest.
  @Override
  public void close() {
    close(STOP_GRACE);
  }

  /// As above, with another limit of the wait.
  public void close(Duration grace) {
    lateHeads.close();
    server.setStopTimeout(grace.toMillis());
    connector.setShutdownIdleTimeout(IDLE_CLOSE.toMillis());
    connector.getConnectedEndPoints().stream().filter(JettyListener::idle).forEach(EndPoint::close);
    try {
      server.stop();
    } catch (TimeoutException cut) {
      LOG.warn("Closed the connections of calls that did not end within {}", grace);
    } catch (Exception failed) {
      throw new IllegalStateException("the web server did not stop", failed);
    }
  }

  private static boolean idle(EndPoint endPoint) {
    return endPoint.getConnection() instanceof ClientConnection connection && !connection.busy();
  }

  private static final class Sockets extends ServerConnector {
    Sockets(Server server, ConnectionFactory... protocols) {
      super(server, 1, -1, protocols);
    }

    @Override
    protected SocketChannelEndPoint newEndPoint(
        SocketChannel channel, ManagedSelector selectSet, SelectionKey key) {
      var socket = new ClientSocket(channel, selectSet, key, getScheduler());
      socket.setIdleTimeout(getIdleTimeout());
      return socket;
    }

    // A shutdown limits the connections that it knows, and this one may have been accepted just
    // before.
    @Override
    protected void onEndPointOpened(EndPoint endPoint) {
      super.onEndPointOpened(endPoint);
      if (isShutdown()) {
        endPoint.setIdleTimeout(getShutdownIdleTimeout());
      }
    }
  }

  private static final class Http1 extends HttpConnectionFactory {
    private final ListenerSettings limits;
    private final ConnectionShares shares;

    Http1(HttpConfiguration configuration, ListenerSettings limits, ConnectionShares shares) {
      super(configuration);
      this.limits = limits;
      this.shares = shares;
    }

    @Override
    public Connection newConnection(Connector connector, EndPoint endPoint) {
      var connection =
          new ClientConnection(getHttpConfiguration(), connector, endPoint, limits, shares);
      return configure(connection, connector, endPoint);
    }
  }
}
