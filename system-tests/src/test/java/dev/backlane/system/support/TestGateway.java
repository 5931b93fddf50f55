package dev.backlane.system.support;

import dev.backlane.demo.DevelopmentTokenIssuer;
import dev.backlane.demo.RegisteredClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.TestExecutionExceptionHandler;

/// A gateway process between a [RecordingApi] and its callers, with a token issuer and a folder
/// that is deleted when the gateway is closed.
///
/// A JUnit extension for the gateway that all tests of a class share. It starts the gateway before
/// the first test, closes it after the last, and attaches the gateway's log to each failure:
///
/// ```java
/// @RegisterExtension
/// static final TestGateway gateway = TestGateway.with("execution: { concurrency: 1 }\n");
/// ```
///
/// A test that needs a gateway of its own starts and closes it:
///
/// ```java
/// try (var gateway = TestGateway.with("retention: 1s\n").start()) { … }
/// ```
///
/// Configured by one thread; thread-safe once started.
public final class TestGateway
    implements AutoCloseable, BeforeAllCallback, AfterAllCallback, TestExecutionExceptionHandler {
  public static final String TENANT = "nordlys";
  public static final String CLIENT = "erp-client";
  public static final String CLIENT_SECRET = "a-secret-of-the-tests";
  public static final String SCOPE_PREFIX = "vismanet_erp_service_api";

  /// The scopes that a token needs for all methods.
  public static final Set<String> SCOPES =
      Set.of(
          SCOPE_PREFIX + ":read",
          SCOPE_PREFIX + ":create",
          SCOPE_PREFIX + ":update",
          SCOPE_PREFIX + ":delete");

  private static final String AUDIENCE = "the-api";
  private static final int LOG_LINES_MAX = 200;

  private final String settings;
  private final List<String> jvmOptions = new ArrayList<>();
  private final List<String> flags = new ArrayList<>();
  private Servers around = new Servers();
  private Optional<Path> dataFolder = Optional.empty();
  private Optional<Through.Proxies> proxies = Optional.empty();
  private int openClasses;
  private boolean closed;
  private volatile @Nullable GatewayProcess process;

  private TestGateway(String settings) {
    this.settings = settings;
  }

  /// The servers and the folder that a gateway uses.
  private static final class Servers {
    private final Path folder;
    private final DevelopmentTokenIssuer issuer = newIssuer();
    private final RecordingApi api = new RecordingApi();
    private final List<ReverseProxy> proxies = new ArrayList<>();
    private final HttpClient client =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(5))
            .build();

    Servers() {
      try {
        folder = Files.createTempDirectory("backlane-system-test-");
      } catch (IOException e) {
        throw new UncheckedIOException("cannot create a folder for the gateway", e);
      }
    }

    void close() {
      proxies.forEach(ReverseProxy::close);
      client.close();
      api.close();
      issuer.close();
      Folders.delete(folder);
    }
  }

  /// A gateway that is not started yet. Its API and its issuer already serve.
  ///
  /// @param settings further settings for the configuration file, in YAML
  public static TestGateway with(String settings) {
    return new TestGateway(settings);
  }

  /// Adds flags, which override the configuration file, such as `--upstream.response-timeout=1s`.
  public TestGateway flags(String... more) {
    return flags(List.of(more));
  }

  /// Adds flags, which override the configuration file.
  public TestGateway flags(List<String> more) {
    flags.addAll(more);
    return this;
  }

  /// Adds options for the gateway's JVM, such as `-Xmx256m`.
  public TestGateway jvmOptions(String... more) {
    jvmOptions.addAll(List.of(more));
    return this;
  }

  /// Stores the gateway's data in a folder of the test instead of a temporary one.
  public TestGateway dataFolder(Path other) {
    dataFolder = Optional.of(other);
    return this;
  }

  /// Starts the gateway and waits until it serves.
  public TestGateway start() {
    try {
      if (proxies.isPresent()) {
        startAround(proxies.get());
      } else {
        Files.writeString(configFile(), config(api().url()) + settings);
        process = launch();
      }
      return this;
    } catch (IOException e) {
      close();
      throw new UncheckedIOException("cannot write " + configFile(), e);
    } catch (RuntimeException | Error e) {
      close();
      throw e;
    }
  }

  /// Clients call the proxy, whose URL is the public one, so that all locations lead through it.
  private void startAround(Through.Proxies kind) throws IOException {
    var upstream = api().url();
    if (kind == Through.Proxies.NGINX) {
      var behind = ReverseProxy.nginxBehind(upstream);
      around.proxies.add(behind);
      upstream = behind.url();
    }
    int front = ReverseProxy.freePort();
    int port = ReverseProxy.freePort();
    Files.writeString(configFile(), config(upstream) + settings);
    process =
        launch(
            "--port=" + port,
            "--server.public-url=http://127.0.0.1:" + front,
            "--server.trusted-proxies=127.0.0.1/32");
    var gateway = URI.create("http://127.0.0.1:" + port);
    around.proxies.add(
        switch (kind) {
          case NGINX -> ReverseProxy.nginxInFront(front, gateway);
          case HAPROXY -> ReverseProxy.haproxyInFront(front, gateway);
        });
  }

  /// An issuer of tokens for the default client.
  public static DevelopmentTokenIssuer newIssuer() {
    return new DevelopmentTokenIssuer(
        List.of(new RegisteredClient(CLIENT, CLIENT_SECRET, Set.of(TENANT), SCOPES)),
        AUDIENCE,
        Duration.ofHours(1),
        InstantSource.system());
  }

  /// Settings, in YAML, that make a gateway accept an issuer's tokens.
  public static String auth(DevelopmentTokenIssuer issuer) {
    return """
    auth:
      mode: jwt
      issuer: "%s"
      token-url: "%s"
      audience: "%s"
      scope-prefix: "%s"
    """
        .formatted(issuer.issuer(), issuer.tokenEndpoint(), AUDIENCE, SCOPE_PREFIX);
  }

  private String config(URI upstream) {
    return """
    server:
      port: 0
      prefixes: ["/api", "/API/controller/api"]
      shutdown-delay: 500ms
    upstream:
      url: "%s"
    store:
      path: "%s"
    """
            .formatted(upstream, dataFolder())
        + auth(issuer());
  }

  private GatewayProcess launch(String... more) {
    var arguments = new ArrayList<>(List.of("--config", configFile().toString()));
    arguments.addAll(flags);
    arguments.addAll(List.of(more));
    return GatewayProcess.serve(jvmOptions, arguments.toArray(String[]::new));
  }

  public RecordingApi api() {
    return around.api;
  }

  /// The latest process: the one that runs, or the last one that ran.
  public GatewayProcess process() {
    var latest = process;
    if (latest == null) {
      throw new IllegalStateException("the gateway is not started");
    }
    return latest;
  }

  /// The URL at which it serves.
  public URI url() {
    return process().url();
  }

  public DevelopmentTokenIssuer issuer() {
    return around.issuer;
  }

  public Path dataFolder() {
    return dataFolder.orElseGet(() -> around.folder.resolve("data"));
  }

  public Path configFile() {
    return around.folder.resolve("backlane.yaml");
  }

  /// The default caller, with a new token.
  public Http http() {
    return new Http(around.client, url(), token(CLIENT, TENANT, CLIENT));
  }

  /// Another caller, with a new token.
  public Http http(String clientId, String tenant, String subject) {
    return http().as(token(clientId, tenant, subject));
  }

  public String token(String clientId, String tenant, String subject) {
    return around.issuer.issue(clientId, tenant, subject, SCOPES);
  }

  /// Kills the gateway with SIGKILL and waits until it has ended.
  public void crash() {
    process().kill();
  }

  /// Starts the gateway again with the same data and on the same port, so that clients continue.
  public void restartInPlace() {
    process = launch("--port", Integer.toString(url().getPort()));
  }

  /// Starts the gateway again with the same data, on a free port.
  public void restart() {
    process = launch();
  }

  /// Called for the class and again for each nested class in it.
  @Override
  public void beforeAll(ExtensionContext context) {
    if (openClasses++ == 0) {
      if (closed) {
        // Another class that inherits the same tests has used it.
        around = new Servers();
        closed = false;
      }
      proxies = proxies(context.getRequiredTestClass());
      start();
    }
  }

  private static Optional<Through.Proxies> proxies(Class<?> testClass) {
    for (@Nullable Class<?> each = testClass; each != null; each = each.getEnclosingClass()) {
      var through = each.getAnnotation(Through.class);
      if (through != null) {
        return Optional.of(through.value());
      }
    }
    return Optional.empty();
  }

  @Override
  public void afterAll(ExtensionContext context) {
    if (--openClasses == 0) {
      close();
    }
  }

  @Override
  public void handleTestExecutionException(ExtensionContext context, Throwable failure)
      throws Throwable {
    failure.addSuppressed(new Log(process().url(), process().lines()));
    for (var proxy : around.proxies) {
      failure.addSuppressed(new Log(proxy.url(), proxy.lines()));
    }
    throw failure;
  }

  /// The last lines of a log, shown below the failure of a test.
  private static final class Log extends Exception {
    private static final long serialVersionUID = 1;

    Log(URI url, List<String> lines) {
      super(
          "the server at "
              + url
              + " logged:\n"
              + String.join(
                  "\n", lines.subList(Math.max(0, lines.size() - LOG_LINES_MAX), lines.size())),
          null,
          false,
          false);
    }
  }

  @Override
  public void close() {
    var latest = process;
    if (latest != null) {
      latest.close();
    }
    if (!closed) {
      closed = true;
      around.close();
    }
  }
}
