package dev.backlane.benchmarks;

import dev.backlane.benchmarks.load.HttpBytes;
import dev.backlane.benchmarks.load.HttpConnection;
import dev.backlane.benchmarks.load.Load;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/// Starts gateways as separate processes and provides the requests for them. Thread-safe.
///
/// @param jar the jar of the gateway
/// @param work the directory for configurations, logs and embedded stores
/// @param options of the JVM of each server
public record Gateways(Path jar, Path work, List<String> options) {
  /// The concurrent attempts of each gateway.
  public static final int WORKERS = 64;

  /// The connections of the load generator to all gateways.
  public static final int CONNECTIONS = 256;

  /// The size of requests, and of the upstream's responses.
  public static final int BODY_BYTES = 1024;

  /// The size of large ones.
  static final int LARGE_BODY_BYTES = 1 << 20;

  /// A section for a gateway whose queue never becomes full.
  public static final String LONG_QUEUE = "limits: { queue-max: 100000000 }";

  /// A port without a server.
  private static final int NO_UPSTREAM_PORT = 9;

  private static final String MASTER_KEY = Base64.getEncoder().encodeToString(new byte[32]);

  /// A synchronous call.
  public static byte[] call() {
    return call(BODY_BYTES);
  }

  static byte[] call(int bodyBytes, String... fields) {
    return HttpBytes.post("/invoices", bodyBytes, fields);
  }

  /// A background call without notification.
  public static byte[] backgroundCall() {
    return backgroundCall("none");
  }

  /// A background call.
  ///
  /// @param receiver of the notification; `none`: no notification
  static byte[] backgroundCall(String receiver, String... fields) {
    var all = new ArrayList<String>(List.of(fields));
    all.add("erp-api-background: " + receiver);
    return call(BODY_BYTES, all.toArray(String[]::new));
  }

  /// A client that sends a call, waits for its end, and reads the stored response.
  public static final Load.Exchange WAITING_AND_READING = waitingAndReading(backgroundCall());

  /// The same with large bodies.
  static final Load.Exchange WAITING_AND_READING_LARGE =
      waitingAndReading(call(LARGE_BODY_BYTES, "erp-api-background: none"));

  private static final String STATE_WAIT = "?wait=30";

  private static Load.Exchange waitingAndReading(byte[] call) {
    return connection -> waitAndRead(connection, call);
  }

  private static void waitAndRead(HttpConnection connection, byte[] call) throws IOException {
    connection.send(call, 202);
    var state = HttpBytes.path(connection.field("Location"));
    connection.send(HttpBytes.get(state + STATE_WAIT), 200);
    connection.send(HttpBytes.get(state + "/content"), 200);
  }

  /// A load of background calls without notification, with [#CONNECTIONS].
  static Load backgroundLoad(List<Integer> ports) {
    return new Load(ports, CONNECTIONS, backgroundCall(), 202);
  }

  /// A gateway with a new embedded store.
  ///
  /// @param workers the concurrent attempts
  public ServerProcess embedded(int upstreamPort, int workers) throws IOException {
    return embedded(newData(), upstreamPort, workers, Variant.NONE);
  }

  /// A gateway with an embedded store that may exist.
  ///
  /// @param variant settings and options of its own
  public ServerProcess embedded(Path data, int upstreamPort, int workers, Variant variant)
      throws IOException {
    return start(store(data), upstreamPort, workers, variant);
  }

  /// A folder for an embedded store.
  public Path newData() throws IOException {
    return Files.createTempDirectory(work, "data-");
  }

  /// A gateway whose dashboard needs no sign-in, with an existing embedded store.
  public ServerProcess dashboard(Path data) throws IOException {
    return start(store(data), NO_UPSTREAM_PORT, 1, Variant.OPEN);
  }

  /// A node whose dashboard needs no sign-in, on a shared store.
  ///
  /// @param url the JDBC URL of the database
  public ServerProcess dashboard(String url, String user, String password) throws IOException {
    return start(store(url, user, password), NO_UPSTREAM_PORT, 1, Variant.OPEN);
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
  public ServerProcess node(String url, String user, String password, int upstreamPort, int workers)
      throws IOException {
    return start(store(url, user, password), upstreamPort, workers, Variant.NONE);
  }

  /// How a gateway differs from the others.
  ///
  /// @param auth the section `auth` of its configuration
  /// @param sections further sections, in YAML
  /// @param options of its JVM
  public record Variant(String auth, String sections, List<String> options) {
    /// Lets every caller in.
    public static final Variant NONE = new Variant("{ mode: none }", "", List.of());

    /// The same, with a dashboard that needs no sign-in.
    static final Variant OPEN = NONE.with("admin: { open: true }");

    Variant authenticating(String auth) {
      return new Variant(auth, sections, options);
    }

    public Variant with(String section) {
      return new Variant(auth, sections + section + "\n", options);
    }

    Variant options(String... more) {
      return new Variant(auth, sections, List.of(more));
    }
  }

  private ServerProcess start(String store, int upstreamPort, int workers, Variant variant)
      throws IOException {
    var config = Files.createTempFile(work, "backlane-", ".yaml");
    Files.writeString(
        config,
        """
        server: { port: 0, shutdown-delay: 0ms }
        upstream: { url: "http://127.0.0.1:%d" }
        auth: %s
        store: %s
        execution: { concurrency: %d, drain-timeout: 1s }
        %s\
        """
            .formatted(upstreamPort, variant.auth(), store, workers, variant.sections()),
        StandardCharsets.UTF_8);
    var arguments = new ArrayList<String>(List.of("-XX:+ExitOnOutOfMemoryError"));
    arguments.addAll(options);
    arguments.addAll(variant.options());
    arguments.addAll(List.of("-jar", jar.toString(), "serve", "--config", config.toString()));
    return ServerProcess.start(work.resolve("gateway.log"), arguments);
  }
}
