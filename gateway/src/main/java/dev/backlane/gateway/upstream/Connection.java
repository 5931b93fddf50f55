package dev.backlane.gateway.upstream;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Optional;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.apache.hc.core5.http.impl.BasicHttpTransportMetrics;
import org.apache.hc.core5.http.impl.io.SessionInputBufferImpl;
import org.jspecify.annotations.Nullable;

/// One connection to the upstream. Used by one thread at a time; [#abort] may be called by any.
final class Connection {
  /// Size of the read buffer, and of the longest status or field line.
  private static final int BUFFER_BYTES = 8 * 1024;

  private static final int LINE_BYTES_MAX = 64 * 1024;

  private final SocketChannel channel;
  private final long openedNanos = System.nanoTime();
  private Socket socket;
  private final SessionInputBufferImpl buffer =
      new SessionInputBufferImpl(
          new BasicHttpTransportMetrics(), BUFFER_BYTES, -1, LINE_BYTES_MAX, null);
  private @Nullable InputStream in;
  private @Nullable OutputStream out;
  private long usableUntilNanos;
  private boolean used;
  private @Nullable SSLContext context;

  private Connection(SocketChannel channel) {
    this.channel = channel;
    this.socket = channel.socket();
  }

  /// Creates a connection that is not yet connected, so that connecting can be aborted.
  static Connection unconnected() throws IOException {
    return new Connection(SocketChannel.open());
  }

  /// Connects to the upstream, including the TLS handshake.
  void connect(
      InetAddress address, Authority authority, Optional<SSLContext> tls, long deadlineNanos)
      throws IOException {
    channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
    socket.connect(new InetSocketAddress(address, authority.port()), millisLeft(deadlineNanos));
    if (tls.isPresent()) {
      context = tls.get();
      socket.setSoTimeout(millisLeft(deadlineNanos));
      var secured =
          (SSLSocket)
              context
                  .getSocketFactory()
                  .createSocket(socket, authority.host(), authority.port(), true);
      var parameters = new SSLParameters();
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
      parameters.setApplicationProtocols(new String[] {"http/1.1"});
      secured.setSSLParameters(parameters);
      secured.startHandshake();
      socket = secured;
    }
    in = socket.getInputStream();
    out = socket.getOutputStream();
  }

  private static int millisLeft(long deadlineNanos) throws SocketTimeoutException {
    long left = (deadlineNanos - System.nanoTime()) / 1_000_000;
    if (left <= 0) {
      throw new SocketTimeoutException("connect timed out");
    }
    return (int) Math.min(left, Integer.MAX_VALUE);
  }

  /// The longest wait of a read; zero: no limit.
  void silenceMax(Duration silence) throws IOException {
    socket.setSoTimeout((int) Math.min(silence.toMillis(), Integer.MAX_VALUE));
  }

  SessionInputBufferImpl buffer() {
    return buffer;
  }

  InputStream in() {
    if (in == null) {
      throw new IllegalStateException("not connected");
    }
    return in;
  }

  OutputStream out() {
    if (out == null) {
      throw new IllegalStateException("not connected");
    }
    return out;
  }

  /// Whether an exchange has ended on this connection before.
  boolean used() {
    return used;
  }

  /// Marks the end of an exchange.
  void idle(Duration usableFor) {
    used = true;
    usableUntilNanos = System.nanoTime() + usableFor.toNanos();
  }

  /// Whether another request may be sent: the connection is not too old, has no unread bytes, and
  /// has not been closed by the upstream, as far as can be seen. Any unrequested byte, including
  /// the end of a TLS session, makes it unusable.
  boolean reusable(Duration ageMax) {
    long now = System.nanoTime();
    if (now - usableUntilNanos >= 0
        || now - openedNanos >= ageMax.toNanos()
        || buffer.hasBufferedData()) {
      return false;
    }
    try {
      channel.configureBlocking(false);
      int read = channel.read(ByteBuffer.allocate(1));
      channel.configureBlocking(true);
      return read == 0;
    } catch (IOException closed) {
      return false;
    }
  }

  /// Whether it was opened with this TLS context.
  boolean usesContext(SSLContext tls) {
    return tls.equals(context);
  }

  /// Closes at once, with a reset, so that the upstream notices. Wakes the thread that uses it.
  /// Idempotent.
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
