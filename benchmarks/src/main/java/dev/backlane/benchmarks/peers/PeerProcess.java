package dev.backlane.benchmarks.peers;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// A program that serves a port of the loopback address. Not thread-safe.
final class PeerProcess implements AutoCloseable {
  private static final Duration START_MAX = Duration.ofSeconds(30);
  private static final Duration STOP_MAX = Duration.ofSeconds(10);
  private static final Duration POLL_INTERVAL = Duration.ofMillis(50);

  private final Process process;

  private PeerProcess(Process process) {
    this.process = process;
  }

  /// Starts a program, and waits until it serves its port.
  ///
  /// @param folder its working directory, which also receives its output in a file with its name
  /// @param environment variables in addition to those of this process
  static PeerProcess start(
      Path folder, List<String> command, Map<String, String> environment, int port)
      throws IOException {
    var log = folder.resolve(Path.of(command.getFirst()).getFileName() + ".log");
    var builder =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile());
    builder.environment().putAll(environment);
    var process = new PeerProcess(builder.start());
    for (long deadline = System.nanoTime() + START_MAX.toNanos(); !serves(port); ) {
      if (!process.process.isAlive() || System.nanoTime() > deadline) {
        process.close();
        throw new IOException(command.getFirst() + " did not start: " + Files.readString(log));
      }
      LockSupport.parkNanos(POLL_INTERVAL.toNanos());
    }
    return process;
  }

  /// A port for a program that cannot report one that the system chose.
  static int freePort() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static boolean serves(int port) {
    try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return socket.isConnected();
    } catch (IOException refused) {
      return false;
    }
  }

  /// The CPU time of the process so far, in steps of 10 ms.
  Duration cpu() {
    return process.toHandle().info().totalCpuDuration().orElse(Duration.ZERO);
  }

  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(STOP_MAX.toSeconds(), TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException interrupted) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
