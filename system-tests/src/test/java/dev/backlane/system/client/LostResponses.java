package dev.backlane.system.client;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/// A relay in front of a gateway that loses responses: it passes a request on, waits until the
/// gateway responds, and closes the client's connection instead of passing the response back.
final class LostResponses implements AutoCloseable {
  private final ServerSocket server;
  private final URI gateway;
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final AtomicInteger left;
  private final Runnable onLoss;

  /// @param count how many responses are lost
  LostResponses(URI gateway, int count) {
    this(gateway, count, () -> {});
  }

  /// @param count how many responses are lost
  /// @param onLoss called when the gateway has begun a response that is lost
  LostResponses(URI gateway, int count, Runnable onLoss) {
    this.gateway = gateway;
    this.left = new AtomicInteger(count);
    this.onLoss = onLoss;
    try {
      server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    } catch (IOException taken) {
      throw new UncheckedIOException(taken);
    }
    threads.execute(this::accept);
  }

  URI url() {
    return URI.create("http://127.0.0.1:" + server.getLocalPort());
  }

  private void accept() {
    while (true) {
      try {
        var client = server.accept();
        threads.execute(() -> relay(client));
      } catch (IOException closed) {
        return;
      }
    }
  }

  private void relay(Socket client) {
    try (client;
        var upstream = new Socket(gateway.getHost(), gateway.getPort())) {
      threads.execute(() -> copyRequests(client, upstream));
      byte[] buffer = new byte[8192];
      for (int read = upstream.getInputStream().read(buffer);
          read > 0;
          read = upstream.getInputStream().read(buffer)) {
        if (left.getAndUpdate(count -> Math.max(0, count - 1)) > 0) {
          onLoss.run();
          return;
        }
        client.getOutputStream().write(buffer, 0, read);
      }
    } catch (IOException closed) {
      // One of the two has closed its connection.
    }
  }

  private static void copyRequests(Socket client, Socket upstream) {
    try {
      client.getInputStream().transferTo(upstream.getOutputStream());
    } catch (IOException closed) {
      // One of the two has closed its connection.
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
    threads.shutdownNow();
  }
}
