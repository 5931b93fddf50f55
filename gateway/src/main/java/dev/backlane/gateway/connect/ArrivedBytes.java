package dev.backlane.gateway.connect;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;

/// Reads what has arrived on a connection that is otherwise used with blocking reads. Stateless.
public final class ArrivedBytes {
  private ArrivedBytes() {}

  /// Reads without waiting. No other thread may read at the same time.
  ///
  /// @return the number of bytes; 0 if none has arrived, -1 if the peer has closed the connection
  public static int read(SocketChannel channel, ByteBuffer to) throws IOException {
    channel.configureBlocking(false);
    try {
      return channel.read(to);
    } finally {
      channel.configureBlocking(true);
    }
  }
}
