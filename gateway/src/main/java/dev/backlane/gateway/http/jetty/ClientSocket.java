package dev.backlane.gateway.http.jetty;

import java.io.IOException;
import java.net.SocketOption;
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
  /// Linux reserves twice as much. Sends 640 KiB/s to a client that is 100 ms away.
  private static final int SEND_BUFFER_BYTES = 64 * 1024;

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
    set(StandardSocketOptions.SO_LINGER, 0);
  }

  /// Limits what the operating system holds of a response that its client does not read, which is
  /// several mebibytes otherwise. All connections of the machine share the memory for this, and
  /// become slow together when there is little left.
  static void limitSendBuffer(EndPoint endPoint) {
    switch (endPoint) {
      case ClientSocket socket -> socket.set(StandardSocketOptions.SO_SNDBUF, SEND_BUFFER_BYTES);
      case SslConnection.SslEndPoint tls -> limitSendBuffer(tls.getSslConnection().getEndPoint());
      default -> {}
    }
  }

  private void set(SocketOption<Integer> option, int value) {
    try {
      getChannel().setOption(option, value);
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
