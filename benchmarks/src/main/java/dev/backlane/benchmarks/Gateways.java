package dev.backlane.benchmarks;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;

/// Starts gateways as separate processes and provides the requests for them. Thread-safe.
///
/// @param jar the jar of the gateway
/// @param work the directory for configurations, logs and embedded stores
public record Gateways(Path jar, Path work) {
  /// The concurrent attempts of each gateway.
  static final int WORKERS = 64;

  /// The connections of the load generator to all gateways.
  static final int CONNECTIONS = 256;

  /// The size of requests, and of the upstream's responses.
  static final int BODY_BYTES = 1024;

  /// A port without a server.
  private static final int NO_UPSTREAM_PORT = 9;

  private static final String MASTER_KEY = Base64.getEncoder().encodeToString(new byte[32]);

  /// A synchronous call.
  static byte[] call() {
    return HttpBytes.post("/invoices", BODY_BYTES);
  }

  /// A background call without notification.
  static byte[] backgroundCall() {
    return HttpBytes.post("/invoices", BODY_BYTES, "erp-api-background: none");
  }

  /// A gateway with a new embedded store.
  ///
  /// @param workers the concurrent attempts
  ServerProcess embedded(int upstreamPort, int workers) throws IOException {
    return start(store(Files.createTempDirectory(work, "data-")), upstreamPort, workers, false);
  }

  /// A gateway whose dashboard needs no sign-in, with an existing embedded store.
  public ServerProcess dashboard(Path data) throws IOException {
    return start(store(data), NO_UPSTREAM_PORT, 1, true);
  }

  /// A node whose dashboard needs no sign-in, on a shared store.
  ///
  /// @param url the JDBC URL of the database
  public ServerProcess dashboard(String url, String user, String password) throws IOException {
    return start(store(url, user, password), NO_UPSTREAM_PORT, 1, true);
  }

  private static String store(Path data) {
    return "{ kind: rocksdb, path: \"%s\" }".formatted(data);
  }

  private static String store(String url, String user, String password) {
    return "{ kind: postgres, url: \"%s\", user: \"%s\", password: \"%s\", master-key: \"%s\" }"
        .formatted(url, user, password, MASTER_KEY);
  }

  /// A node on a shared store.
  ///
  /// @param url the JDBC URL of the database
  /// @param workers the concurrent attempts
  ServerProcess node(String url, String user, String password, int upstreamPort, int workers)
      throws IOException {
    return start(store(url, user, password), upstreamPort, workers, false);
  }

  private ServerProcess start(String store, int upstreamPort, int workers, boolean open)
      throws IOException {
    var config = Files.createTempFile(work, "backlane-", ".yaml");
    Files.writeString(
        config,
        """
        server: { port: 0, shutdown-delay: 0ms }
        upstream: { url: "http://127.0.0.1:%d" }
        auth: { mode: none }
        store: %s
        execution: { concurrency: %d, drain-timeout: 1s }
        admin: { open: %s }
        """
            .formatted(upstreamPort, store, workers, open),
        StandardCharsets.UTF_8);
    return ServerProcess.start(
        work.resolve("gateway.log"),
        List.of(
            "-XX:+ExitOnOutOfMemoryError",
            "-jar",
            jar.toString(),
            "serve",
            "--config",
            config.toString()));
  }
}
