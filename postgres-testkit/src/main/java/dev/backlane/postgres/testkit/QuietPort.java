package dev.backlane.postgres.testkit;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.concurrent.ThreadLocalRandom;

/// Ports of 127.0.0.1 that stay free while a server is away: the system hands out those above to whoever asks for any, and a
/// client that keeps on trying such a port can even end up connected to itself. Stateless.
public final class QuietPort {
  private static final int LOWEST = 15_000;

  /// Linux hands out from 32768 on (`ip_local_port_range`).
  private static final int HIGHEST = 32_767;

  private static final int TRIES_MAX = 100;

  private QuietPort() {}

  /// A port that nobody listens on at present.
  public static int find() {
    for (int attempt = 0; attempt < TRIES_MAX; attempt++) {
      int port = ThreadLocalRandom.current().nextInt(LOWEST, HIGHEST + 1);
      try (var _ = new ServerSocket(port, 1, InetAddress.ofLiteral("127.0.0.1"))) {
        return port;
      } catch (IOException taken) {
        // The next one, then.
      }
    }
    throw new IllegalStateException("no free port between " + LOWEST + " and " + HIGHEST);
  }
}
