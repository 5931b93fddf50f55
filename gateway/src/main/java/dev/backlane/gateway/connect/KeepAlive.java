package dev.backlane.gateway.connect;

import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import jdk.net.ExtendedSocketOptions;

/// The socket options of outgoing connections. With TCP keep-alive a peer that disappears without
/// closing its connection is detected after about 2 min, while the connection waits for it.
/// Stateless.
final class KeepAlive {
  /// Silence before the first probe. Also keeps the entries of NAT devices, most of which last for
  /// minutes.
  private static final Duration IDLE = Duration.ofSeconds(60);

  private static final Duration PROBE_INTERVAL = Duration.ofSeconds(15);
  private static final int PROBES = 4;

  private KeepAlive() {}

  /// Sets the options of a channel that is not connected yet.
  static void set(SocketChannel channel) throws IOException {
    channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
    channel.setOption(StandardSocketOptions.SO_KEEPALIVE, true);
    // Where an option is missing, the probes follow the settings of the operating system.
    if (channel.supportedOptions().contains(ExtendedSocketOptions.TCP_KEEPIDLE)) {
      channel.setOption(ExtendedSocketOptions.TCP_KEEPIDLE, (int) IDLE.toSeconds());
      channel.setOption(ExtendedSocketOptions.TCP_KEEPINTERVAL, (int) PROBE_INTERVAL.toSeconds());
      channel.setOption(ExtendedSocketOptions.TCP_KEEPCOUNT, PROBES);
    }
  }
}
