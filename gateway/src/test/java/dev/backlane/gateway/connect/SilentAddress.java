package dev.backlane.gateway.connect;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;

/// An address that responds to no attempt to connect, as that of a host that is down: the queue of
/// its port is full, so that the operating system drops every further attempt.
public final class SilentAddress implements AutoCloseable {
  /// More than a queue of length 1 holds.
  private static final int ATTEMPTS = 4;

  private final ServerSocket full;
  private final List<SocketChannel> attempts = new ArrayList<>();

  public SilentAddress(InetAddress address, int port) throws IOException {
    full = new ServerSocket(port, 1, address);
    for (int each = 0; each < ATTEMPTS; each++) {
      var attempt = SocketChannel.open();
      attempt.configureBlocking(false);
      boolean connected = attempt.connect(new InetSocketAddress(address, full.getLocalPort()));
      assert !connected || each < ATTEMPTS - 1;
      attempts.add(attempt);
    }
  }

  /// Its port.
  public int port() {
    return full.getLocalPort();
  }

  @Override
  public void close() throws IOException {
    for (var attempt : attempts) {
      attempt.close();
    }
    full.close();
  }
}
