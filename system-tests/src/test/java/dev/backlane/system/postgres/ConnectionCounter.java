package dev.backlane.system.postgres;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.concurrent.atomic.AtomicInteger;

/// Stands in on the port of a server that is away, and counts who wants to speak to it: each connection is closed at once.
/// Thread-safe.
final class ConnectionCounter implements AutoCloseable {
  private static final int BACKLOG = 200;

  private final ServerSocket listening;
  private final AtomicInteger knocks = new AtomicInteger();

  ConnectionCounter(int port) {
    try {
      listening = new ServerSocket();
      // Connections of the server that was there may linger.
      listening.setReuseAddress(true);
      listening.bind(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port), BACKLOG);
    } catch (IOException taken) {
      throw new UncheckedIOException("nobody can stand in on port " + port, taken);
    }
    Thread.ofVirtual().name("shut-door").start(this::countAll);
  }

  private void countAll() {
    while (!listening.isClosed()) {
      try {
        listening.accept().close();
        knocks.incrementAndGet();
      } catch (IOException closed) {
        return;
      }
    }
  }

  /// How many connections there were.
  int knocks() {
    return knocks.get();
  }

  @Override
  public void close() {
    try {
      listening.close();
    } catch (IOException stubborn) {
      throw new UncheckedIOException(stubborn);
    }
  }
}
