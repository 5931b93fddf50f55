package dev.backlane.system.postgres;

import dev.backlane.postgres.testkit.QuietPort;
import dev.backlane.system.support.GatewayProcess;
import dev.backlane.system.support.GatewayProcess.Ended;
import dev.backlane.system.support.Http;
import dev.backlane.system.support.RecordingApi;
import dev.backlane.system.support.webhooks.AdminClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/// One gateway process of a [Cluster] with its own API behind it. It keeps its port across
/// restarts. Thread-safe.
final class ClusterNode implements AutoCloseable {
  private final RecordingApi api = new RecordingApi();
  private final int port = QuietPort.find();
  private final Path configFile;
  private final List<String> jvmOptions;
  private final Function<URI, Http> callers;
  private volatile Optional<GatewayProcess> gateway = Optional.empty();

  /// Configures the node without starting it.
  ///
  /// @param configFile written by this node
  /// @param settings all settings except `server` and `upstream`
  /// @param callers creates a client of a gateway
  ClusterNode(
      Path configFile, String settings, List<String> jvmOptions, Function<URI, Http> callers) {
    try {
      this.configFile = Files.writeString(configFile, config() + settings);
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write the files of the test", e);
    }
    this.jvmOptions = jvmOptions;
    this.callers = callers;
  }

  private String config() {
    return """
    server: { port: %d, shutdown-delay: 1s }
    upstream: { url: "%s" }
    """
        .formatted(port, api.url());
  }

  /// Starts the process, for the first time or again, and waits until it serves.
  void start() {
    gateway = Optional.of(GatewayProcess.serve(jvmOptions, "--config", configFile.toString()));
  }

  RecordingApi api() {
    return api;
  }

  /// The URL at which it serves while it runs.
  URI url() {
    return URI.create("http://127.0.0.1:" + port);
  }

  /// The default caller.
  Http http() {
    return callers.apply(url());
  }

  AdminClient operator() {
    return new AdminClient(http().as(AdminClient.TOKEN));
  }

  /// Kills the process with SIGKILL and waits until it has ended.
  void kill() {
    gateway.orElseThrow().kill();
  }

  /// Sends SIGTERM to the process.
  void terminate() {
    gateway.orElseThrow().terminate();
  }

  /// Whether the process has logged a line with a text.
  boolean logged(String text) {
    return gateway.orElseThrow().lineWith(text).isPresent();
  }

  Ended awaitEnd() {
    return gateway.orElseThrow().awaitEnd();
  }

  @Override
  public void close() {
    gateway.ifPresent(GatewayProcess::close);
    api.close();
  }
}
