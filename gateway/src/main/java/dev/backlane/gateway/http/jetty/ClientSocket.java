package dev.backlane.gateway.http.jetty;

import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.SocketChannel;
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

  /// The bytes sent so far over the socket that carries an end point.
  static long bytesFlushed(EndPoint endPoint) {
    return switch (endPoint) {
      case ClientSocket socket -> socket.bytesFlushed;
      case SslConnection.SslEndPoint tls -> bytesFlushed(tls.getSslConnection().getEndPoint());
      default -> 0;
    };
  }

  /// Makes the close of the socket that carries an end point reset the connection.
  static void resetOnClose(EndPoint endPoint) {
    switch (endPoint) {
      case ClientSocket socket -> socket.resetOnClose();
      case SslConnection.SslEndPoint tls -> resetOnClose(tls.getSslConnection().getEndPoint());
      default -> {}
    }
  }

  private void resetOnClose() {
    try {
      getChannel().setOption(StandardSocketOptions.SO_LINGER, 0);
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
