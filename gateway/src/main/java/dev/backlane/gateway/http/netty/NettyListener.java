package dev.backlane.gateway.http.netty;

import dev.backlane.gateway.http.CallHandler;
import dev.backlane.gateway.http.ListenerSettings;
import dev.backlane.gateway.http.RootHandler;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.ssl.SslHandler;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The open port. Thread-safe.
public final class NettyListener implements AutoCloseable {
  /// Of one read from a connection, and so about what a connection holds of a body ahead of its
  /// handler.
  private static final int READ_BYTES_MAX = 16 * 1024;

  private static final Logger LOG = LoggerFactory.getLogger(NettyListener.class);

  private static final int BACKLOG_MAX = 1024;
  private static final Duration SWEEP_INTERVAL_MAX = Duration.ofMillis(500);
  private static final Duration STOP_GRACE = Duration.ofSeconds(5);
  private static final Duration STOP_POLL_INTERVAL = Duration.ofMillis(20);

  private final ListenerSettings settings;
  private final MultiThreadIoEventLoopGroup loops =
      new MultiThreadIoEventLoopGroup(
          Runtime.getRuntime().availableProcessors(), NioIoHandler.newFactory());
  private final Set<NettyConnection> connections = ConcurrentHashMap.newKeySet();
  private final Channel server;
  private final RootHandler root = new RootHandler();
  private volatile boolean stopping;

  private NettyListener(ListenerSettings settings) {
    this.settings = settings;
    var bound =
        new ServerBootstrap()
            .group(loops)
            .channel(NioServerSocketChannel.class)
            .option(ChannelOption.SO_BACKLOG, BACKLOG_MAX)
            .option(ChannelOption.SO_REUSEADDR, true)
            .childOption(ChannelOption.AUTO_READ, false)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childOption(
                ChannelOption.RECVBUF_ALLOCATOR,
                new AdaptiveRecvByteBufAllocator(512, 2048, READ_BYTES_MAX))
            .childHandler(new Connections())
            .bind(new InetSocketAddress(settings.host(), settings.port()))
            .awaitUninterruptibly();
    server = bound.channel();
    var fault = bound.cause();
    if (fault != null) {
      var _ = loops.shutdownGracefully(0, 0, TimeUnit.SECONDS);
      throw settings.cannotListen(fault instanceof IOException io ? io : new IOException(fault));
    }
    server.pipeline().addLast(new AcceptFailures());
    long interval = Math.min(SWEEP_INTERVAL_MAX.toNanos(), settings.requestTimeout().toNanos() / 4);
    var _ = loops.scheduleWithFixedDelay(this::closeLate, interval, interval, TimeUnit.NANOSECONDS);
  }

  private void closeLate() {
    long now = System.nanoTime();
    connections.forEach(connection -> connection.closeIfLate(now));
  }

  /// Opens the port. Requests that arrive before [#serve] get 503.
  ///
  /// @throws UncheckedIOException if the port is not available
  public static NettyListener open(ListenerSettings settings) {
    return new NettyListener(settings);
  }

  /// Passes requests to a handler from now on.
  public void serve(CallHandler handler) {
    root.serve(handler);
  }

  /// The port that was bound.
  public int port() {
    return ((InetSocketAddress) server.localAddress()).getPort();
  }

  ListenerSettings settings() {
    return settings;
  }

  CallHandler handler() {
    return root;
  }

  /// Whether each response is the last one of its connection.
  boolean stopping() {
    return stopping;
  }

  void closed(NettyConnection connection) {
    connections.remove(connection);
    if (!stopping && connections.size() < settings.connectionsMax()) {
      server.config().setAutoRead(true);
    }
  }

  /// Closes the port and idle connections, and after a grace of 5 s all connections.
  @Override
  public void close() {
    stopping = true;
    server.close().awaitUninterruptibly();
    connections.forEach(NettyConnection::closeIfIdle);
    long end = System.nanoTime() + STOP_GRACE.toNanos();
    try {
      while (!connections.isEmpty() && System.nanoTime() < end) {
        Thread.sleep(STOP_POLL_INTERVAL);
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
    connections.forEach(NettyConnection::abort);
    loops.shutdownGracefully(0, 1, TimeUnit.SECONDS).awaitUninterruptibly();
  }

  // Netty's acceptor pauses for 1 s and passes the failure on. At the end of the pipeline, it would
  // be logged by way of classes that cannot be loaded without file descriptors, and such an Error
  // ends the event loop.
  private static final class AcceptFailures extends ChannelInboundHandlerAdapter {
    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      LOG.warn("Cannot accept connections; trying again in 1 s: {}", cause.toString());
    }
  }

  private final class Connections extends ChannelInitializer<Channel> {
    @Override
    protected void initChannel(Channel channel) {
      if (connections.size() >= settings.connectionsMax()) {
        var _ = channel.close();
        return;
      }
      settings
          .tls()
          .ifPresent(tls -> {
            var engine = tls.createSSLEngine();
            engine.setUseClientMode(false);
            var ssl = new SslHandler(engine);
            ssl.setHandshakeTimeoutMillis(settings.requestTimeout().toMillis());
            channel.pipeline().addLast(ssl);
          });
      var decoder = new RequestDecoder(settings.headerBytesMax());
      var connection = new NettyConnection(NettyListener.this, channel, decoder);
      connections.add(connection);
      if (connections.size() >= settings.connectionsMax()) {
        server.config().setAutoRead(false);
      }
      channel
          .pipeline()
          .addLast(decoder, new ResponseEncoder(connection::respondsToHead), connection);
    }
  }
}
