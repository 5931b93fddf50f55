package dev.backlane.gateway.connect;

import java.io.IOException;
import java.net.SocketOption;
import java.nio.channels.NetworkChannel;

/// Limits what the operating system holds of responses that are read slowly, which is several
/// mebibytes a connection otherwise. All connections of the machine share the memory for this, and
/// become slow together when there is little left. Stateless.
public final class SocketBuffers {
  /// The operating system lets the buffers of this many connections grow.
  private static final int GROWING_MAX = 256;

  /// Linux reserves twice as much. Carries 640 KiB/s over 100 ms, and 64 MiB/s over 1 ms.
  private static final int BYTES = 64 * 1024;

  private SocketBuffers() {}

  /// Limits a buffer of a connection, unless there are few.
  ///
  /// @param buffer [java.net.StandardSocketOptions#SO_SNDBUF] or
  ///     [java.net.StandardSocketOptions#SO_RCVBUF]
  /// @param connections of the same kind that are open, or in use
  public static void limit(NetworkChannel channel, SocketOption<Integer> buffer, int connections)
      throws IOException {
    if (connections > GROWING_MAX) {
      channel.setOption(buffer, BYTES);
    }
  }
}
