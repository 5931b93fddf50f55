package dev.backlane.system.postgres;

import dev.backlane.demo.DevelopmentTokenIssuer;
import dev.backlane.postgres.testkit.PostgresServer;
import dev.backlane.system.support.Folders;
import dev.backlane.system.support.Http;
import dev.backlane.system.support.TestGateway;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/// Several gateway processes on one database, each in front of its own API, so that a call shows
/// which node made it. Thread-safe.
final class Cluster implements AutoCloseable {
  private static final AtomicInteger DATABASES = new AtomicInteger();
  private static final String MASTER_KEY = Base64.getEncoder().encodeToString(new byte[32]);

  private final DevelopmentTokenIssuer issuer = TestGateway.newIssuer();
  private final HttpClient client =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(5))
          .build();
  private final Path folder;
  private final List<ClusterNode> nodes;

  private Cluster(String store, int count, String settings, List<String> jvmOptions) {
    try {
      folder = Files.createTempDirectory("backlane-cluster-");
    } catch (IOException e) {
      throw new UncheckedIOException("cannot write the files of the test", e);
    }
    var all =
        store + "  spool-path: \"" + spoolFolder() + "\"\n" + TestGateway.auth(issuer) + settings;
    nodes =
        IntStream.range(0, count)
            .mapToObj(number ->
                new ClusterNode(folder.resolve(number + ".yaml"), all, jvmOptions, this::caller))
            .toList();
  }

  /// Starts all nodes concurrently on an empty database.
  ///
  /// @param settings further settings for the configuration file, in YAML
  static Cluster open(PostgresServer postgres, int count, String settings, String... jvmOptions) {
    var database = "cluster_" + DATABASES.incrementAndGet();
    return openOn(postgres, postgres.createDatabase(database), count, settings, jvmOptions);
  }

  /// As above, on an existing database.
  ///
  /// @param url the JDBC URL
  static Cluster openOn(
      PostgresServer postgres, String url, int count, String settings, String... jvmOptions) {
    return started(new Cluster(store(postgres, url), count, settings, List.of(jvmOptions)));
  }

  /// As above, with a standby that has all commits when it is promoted: nothing is held then.
  ///
  /// @param url the JDBC URL of both servers
  static Cluster openWithSynchronousStandby(
      PostgresServer primary, String url, int count, String settings, String... jvmOptions) {
    var store = store(primary, url) + "  on-copy: run\n";
    return started(new Cluster(store, count, settings, List.of(jvmOptions)));
  }

  /// As above, with a database that is reached through a connection pooler in transaction mode.
  ///
  /// @param url the JDBC URL of the pooler
  static Cluster openBehindPooler(
      PostgresServer postgres, String url, int count, String... jvmOptions) {
    var store = store(postgres, url) + "  listen: false\n";
    return started(new Cluster(store, count, "", List.of(jvmOptions)));
  }

  private static Cluster started(Cluster cluster) {
    try {
      cluster.start();
      return cluster;
    } catch (RuntimeException | AssertionError failed) {
      cluster.close();
      throw failed;
    }
  }

  private static String store(PostgresServer postgres, String url) {
    return """
    store:
      kind: postgres
      url: "%s"
      user: "%s"
      password: "%s"
      master-key: "%s"
    """
        .formatted(url, postgres.user(), postgres.password(), MASTER_KEY);
  }

  /// The settings of the store as flags, for a process outside a cluster.
  ///
  /// @param url the JDBC URL
  static List<String> storeFlags(String url, String user, String password) {
    return List.of(
        "--store.kind=postgres",
        "--store.url=" + url,
        "--store.user=" + user,
        "--store.password=" + password,
        "--store.master-key=" + MASTER_KEY);
  }

  private void start() {
    List<Callable<Object>> starts =
        nodes.stream().map(node -> Executors.callable(node::start)).toList();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (var started : threads.invokeAll(starts)) {
        started.get();
      }
    } catch (ExecutionException failed) {
      throw new AssertionError("a node does not start", failed.getCause());
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while nodes start", interrupted);
    }
  }

  private Http caller(URI url) {
    return new Http(client, url, token());
  }

  /// A token of the default caller, which every node accepts.
  String token() {
    return issuer.issue(
        TestGateway.CLIENT, TestGateway.TENANT, TestGateway.CLIENT, TestGateway.SCOPES);
  }

  /// The spool directory, which all nodes share.
  Path spoolFolder() {
    return folder.resolve("spool");
  }

  /// The nodes, numbered from 0.
  List<ClusterNode> nodes() {
    return nodes;
  }

  @Override
  public void close() {
    nodes.forEach(ClusterNode::close);
    client.close();
    issuer.close();
    Folders.delete(folder);
  }
}
