package dev.backlane.postgres.testkit;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;

/// Finds ports of 127.0.0.1 that stay free while a server is stopped. They are below the ephemeral
/// range, from which the system assigns ports. In that range even a client that retries could
/// connect to itself. Stateless.
public final class QuietPort {
  private static final int LOWEST = 15_000;

  /// Linux assigns ephemeral ports from 32768 on (`ip_local_port_range`).
  private static final int HIGHEST = 32_767;

  private static final int TRIES_MAX = 100;

  private QuietPort() {}

  /// Returns a port on which no process listens.
  public static int find() {
    for (int attempt = 0; attempt < TRIES_MAX; attempt++) {
      int port = ThreadLocalRandom.current().nextInt(LOWEST, HIGHEST + 1);
      try (var _ = new ServerSocket(port, 1, InetAddress.ofLiteral("127.0.0.1"))) {
        return port;
      } catch (IOException taken) {
        // In use: try the next one.
      }
    }
    throw new IllegalStateException("no free port between " + LOWEST + " and " + HIGHEST);
  }
}
