package dev.backlane.gateway.http.jetty;

import dev.backlane.gateway.connect.SocketBuffers;
import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
import java.util.Optional;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.ManagedSelector;
import org.eclipse.jetty.io.SocketChannelEndPoint;
import org.eclipse.jetty.io.ssl.SslConnection;
import org.eclipse.jetty.util.thread.Scheduler;

/// The socket of a client. Counts the bytes that the operating system has accepted for sending,
/// which Jetty reports only for complete writes.
final class ClientSocket extends SocketChannelEndPoint {
  private volatile long bytesFlushed;

  ClientSocket(
      SocketChannel channel, ManagedSelector selector, SelectionKey key, Scheduler scheduler) {
    super(channel, selector, key, scheduler);
  }

  /// The socket that carries an end point.
  private static Optional<ClientSocket> of(EndPoint endPoint) {
    return switch (endPoint) {
      case ClientSocket socket -> Optional.of(socket);
      case SslConnection.SslEndPoint tls -> of(tls.getSslConnection().getEndPoint());
      default -> Optional.empty();
    };
  }

  /// The bytes sent so far over the socket that carries an end point.
  static long bytesFlushed(EndPoint endPoint) {
    return of(endPoint).map(socket -> socket.bytesFlushed).orElse(0L);
  }

  /// Makes the close of the socket that carries an end point reset the connection.
  static void resetOnClose(EndPoint endPoint) {
    of(endPoint)
        .ifPresent(
            socket -> socket.set(channel -> channel.setOption(StandardSocketOptions.SO_LINGER, 0)));
  }

  /// Limits the send buffer of the socket that carries an end point, see [SocketBuffers].
  ///
  /// @param connections that are open
  static void limitSendBuffer(EndPoint endPoint, int connections) {
    of(endPoint)
        .ifPresent(socket ->
            socket.set(channel ->
                SocketBuffers.limit(channel, StandardSocketOptions.SO_SNDBUF, connections)));
  }

  private interface Setting {
    void on(SocketChannel channel) throws IOException;
  }

  private void set(Setting setting) {
    try {
      setting.on(getChannel());
    } catch (IOException gone) {
      // Closed already.
    }
  }

  // One thread flushes at a time.
  @Override
  public boolean flush(ByteBuffer... buffers) throws IOException {
    long before = remaining(buffers);
    try {
      return super.flush(buffers);
    } finally {
      long sum = bytesFlushed + before - remaining(buffers);
      bytesFlushed = sum;
    }
  }

  private static long remaining(ByteBuffer... buffers) {
    long bytes = 0;
    for (var buffer : buffers) {
      bytes += buffer.remaining();
    }
    return bytes;
  }
}
