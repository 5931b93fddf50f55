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

/// One gateway process of a [Cluster], with the API behind it, which no other node calls. It keeps its port for all its lives.
/// Thread-safe.
final class ClusterNode implements AutoCloseable {
  private final RecordingApi api = new RecordingApi();
  private final int port = QuietPort.find();
  private final Path configFile;
  private final List<String> jvmOptions;
  private final Function<URI, Http> callers;
  private volatile Optional<GatewayProcess> gateway = Optional.empty();

  /// Starts nothing yet.
  ///
  /// @param configFile written by this node
  /// @param settings of the configuration file, all but `server` and `upstream`
  /// @param callers makes a client of a gateway
  ClusterNode(
      Path configFile, String settings, List<String> jvmOptions, Function<URI, Http> callers) {
    try {
      this.configFile = Files.writeString(configFile, config() + settings);
    } catch (IOException refused) {
      throw new UncheckedIOException("the tests cannot write their files", refused);
    }
    this.jvmOptions = jvmOptions;
    this.callers = callers;
  }

  private String config() {
    return """
    server: { port: %d }
    upstream: { url: "%s" }
    """
        .formatted(port, api.url());
  }

  /// Starts the process, for the first time or after its end, and waits until it serves.
  void start() {
    gateway = Optional.of(GatewayProcess.serve(jvmOptions, "--config", configFile.toString()));
  }

  RecordingApi api() {
    return api;
  }

  /// Where it serves, while it runs.
  URI url() {
    return URI.create("http://127.0.0.1:" + port);
  }

  /// The usual caller.
  Http http() {
    return callers.apply(url());
  }

  AdminClient operator() {
    return new AdminClient(http().as(AdminClient.TOKEN));
  }

  /// Ends it with SIGKILL; nothing of it runs any more when this returns.
  void kill() {
    gateway.orElseThrow().kill();
  }

  /// Asks it to end: SIGTERM.
  void terminate() {
    gateway.orElseThrow().terminate();
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
