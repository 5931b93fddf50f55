package dev.backlane.benchmarks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/// A server in a separate process.
public final class ServerProcess implements AutoCloseable {
  private static final Pattern ADDRESS = Pattern.compile("serves http://[^:/ ]+:(\\d+)");
  private static final Duration STOP_MAX = Duration.ofSeconds(60);

  private final Process process;
  private final int port;

  private ServerProcess(Process process, int port) {
    this.process = process;
    this.port = port;
  }

  /// Starts a main class or the gateway, and waits until it prints its address.
  ///
  /// @param log receives its standard error
  static ServerProcess start(Path log, List<String> arguments) throws IOException {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("--enable-native-access=ALL-UNNAMED");
    command.addAll(arguments);
    var process = new ProcessBuilder(command).redirectError(log.toFile()).start();
    var out =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    for (String line = out.readLine(); line != null; line = out.readLine()) {
      var address = ADDRESS.matcher(line);
      if (address.find()) {
        return new ServerProcess(process, Integer.parseInt(address.group(1)));
      }
    }
    throw new IOException("the server ended before it served; see " + log);
  }

  /// The port that it serves.
  public int port() {
    return port;
  }

  /// The CPU time of the process so far.
  public Duration cpu() {
    return process.toHandle().info().totalCpuDuration().orElse(Duration.ZERO);
  }

  /// The memory that it occupies now.
  public long rssBytes() throws IOException {
    return use().rssBytes();
  }

  /// What the process has used so far.
  ProcessUse use() throws IOException {
    return ProcessUse.of(process.toHandle());
  }

  /// Kills the process with SIGKILL, and waits until it has ended.
  void kill() throws IOException {
    process.destroyForcibly();
    close();
  }

  @Override
  public void close() throws IOException {
    process.destroy();
    try {
      if (!process.waitFor(STOP_MAX.toSeconds(), TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new IOException("a server did not stop within " + STOP_MAX);
      }
    } catch (InterruptedException interrupted) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
