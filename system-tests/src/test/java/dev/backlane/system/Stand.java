package dev.backlane.system;

import dev.backlane.demo.DevelopmentTokenIssuer;
import dev.backlane.demo.RegisteredClient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// A gateway process between a recording API and its callers, with a token issuer, in a folder of its own that goes with it.
/// Thread-safe.
final class Stand implements AutoCloseable {
  static final String TENANT = "nordlys";
  static final String CLIENT = "erp-client";
  static final String CLIENT_SECRET = "a-secret-of-the-tests";
  static final String SCOPE_PREFIX = "vismanet_erp_service_api";

  /// What a token needs for every method.
  static final Set<String> SCOPES =
      Set.of(
          SCOPE_PREFIX + ":read",
          SCOPE_PREFIX + ":create",
          SCOPE_PREFIX + ":update",
          SCOPE_PREFIX + ":delete");

  private static final String AUDIENCE = "the-api";

  private final Path folder;
  private final Path dataFolder;
  private final DevelopmentTokenIssuer issuer;
  private final RecordingApi api = new RecordingApi();
  private final HttpClient client =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(5))
          .build();
  private final Path configFile;
  private final List<String> jvmOptions;
  private final List<String> flags;
  private volatile GatewayProcess gateway;

  private Stand(
      Optional<Path> elsewhere, String settings, List<String> jvmOptions, List<String> flags) {
    try {
      folder = Files.createTempDirectory("backlane-system-test-");
      dataFolder = elsewhere.orElse(folder.resolve("data"));
      issuer = newIssuer();
      configFile = Files.writeString(folder.resolve("backlane.yaml"), config() + settings);
    } catch (IOException refused) {
      throw new UncheckedIOException("the tests cannot write their files", refused);
    }
    this.jvmOptions = jvmOptions;
    this.flags = flags;
    this.gateway = start();
  }

  /// Starts everything.
  ///
  /// @param settings more of the configuration file, in YAML
  static Stand open(String settings, String... jvmOptions) {
    return new Stand(Optional.empty(), settings, List.of(jvmOptions), List.of());
  }

  /// Starts everything with flags, which win over the configuration file, such as `--upstream.response-timeout=1s`.
  static Stand withFlags(List<String> flags, String settings) {
    return new Stand(Optional.empty(), settings, List.of(), flags);
  }

  /// As above, with options for the gateway's Java, such as `-Xmx256m`.
  static Stand with(List<String> jvmOptions, List<String> flags, String settings) {
    return new Stand(Optional.empty(), settings, jvmOptions, flags);
  }

  /// As [#open], with the gateway's data in a folder of the test's own.
  static Stand openOn(Path dataFolder, String settings, String... jvmOptions) {
    return new Stand(Optional.of(dataFolder), settings, List.of(jvmOptions), List.of());
  }

  /// Who issues tokens to the usual client.
  static DevelopmentTokenIssuer newIssuer() {
    return new DevelopmentTokenIssuer(
        List.of(new RegisteredClient(CLIENT, CLIENT_SECRET, Set.of(TENANT), SCOPES)),
        AUDIENCE,
        Duration.ofHours(1),
        InstantSource.system());
  }

  /// What lets an issuer's tokens in, as lines of the configuration file.
  static String auth(DevelopmentTokenIssuer issuer) {
    return """
    auth:
      mode: jwt
      issuer: "%s"
      jwks-url: "%s"
      audience: "%s"
      scope-prefix: "%s"
    """
        .formatted(issuer.issuer(), issuer.jwksUri(), AUDIENCE, SCOPE_PREFIX);
  }

  private String config() {
    return """
    server:
      port: 0
      prefixes: ["/api", "/API/controller/api"]
    upstream:
      url: "%s"
    store:
      path: "%s"
    """
            .formatted(api.url(), dataFolder())
        + auth(issuer);
  }

  private GatewayProcess start(String... more) {
    var arguments = new ArrayList<>(List.of("--config", configFile.toString()));
    arguments.addAll(flags);
    arguments.addAll(List.of(more));
    return GatewayProcess.serve(jvmOptions, arguments.toArray(String[]::new));
  }

  RecordingApi api() {
    return api;
  }

  GatewayProcess gateway() {
    return gateway;
  }

  DevelopmentTokenIssuer issuer() {
    return issuer;
  }

  Path dataFolder() {
    return dataFolder;
  }

  Path configFile() {
    return configFile;
  }

  /// The usual caller.
  Http http() {
    return new Http(client, gateway.url(), token(CLIENT, TENANT, CLIENT));
  }

  /// Another caller.
  Http http(String clientId, String tenant, String subject) {
    return http().as(token(clientId, tenant, subject));
  }

  String token(String clientId, String tenant, String subject) {
    return issuer.issue(clientId, tenant, subject, SCOPES);
  }

  /// Ends the gateway with SIGKILL.
  void crash() {
    gateway.kill();
  }

  /// As [#restart], on the same port too: clients go on where they were.
  void restartInPlace() {
    gateway = start("--port", Integer.toString(gateway.url().getPort()));
  }

  /// Starts the gateway again on the same data, after [#crash] or an end.
  void restart() {
    gateway = start();
  }

  @Override
  public void close() {
    gateway.close();
    client.close();
    api.close();
    issuer.close();
    Folders.delete(folder);
  }
}
