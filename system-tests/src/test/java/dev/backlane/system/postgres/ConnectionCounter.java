package dev.backlane.system.postgres;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.concurrent.atomic.AtomicInteger;

/// Listens on the port of a stopped server, counts connections and closes them at once.
/// Thread-safe.
final class ConnectionCounter implements AutoCloseable {
  private static final int BACKLOG = 200;

  private final ServerSocket listening;
  private final AtomicInteger count = new AtomicInteger();

  ConnectionCounter(int port) {
    try {
      listening = new ServerSocket();
      // Connections of the stopped server may still be in TIME_WAIT.
      listening.setReuseAddress(true);
      listening.bind(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port), BACKLOG);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot listen on port " + port, e);
    }
    Thread.ofVirtual().name("connection-counter").start(this::countAll);
  }

  private void countAll() {
    while (!listening.isClosed()) {
      try {
        listening.accept().close();
        count.incrementAndGet();
      } catch (IOException closed) {
        return;
      }
    }
  }

  /// The number of connections so far.
  int count() {
    return count.get();
  }

  @Override
  public void close() {
    try {
      listening.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
