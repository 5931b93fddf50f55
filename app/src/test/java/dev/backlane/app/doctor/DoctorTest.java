package dev.backlane.app.doctor;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.backlane.app.TestPostgres;
import dev.backlane.app.config.reader.ConfigSources;
import dev.backlane.app.config.reader.InvalidConfigException;
import dev.backlane.app.config.sections.LoadedConfig;
import dev.backlane.app.doctor.Finding.Level;
import dev.backlane.app.wiring.ProcessLimits;
import dev.backlane.store.rocksdb.RocksStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class DoctorTest {
  private static final ProcessLimits MANY_FILES = new ProcessLimits(1L << 30, 1_000_000);

  @TempDir private Path folder;

  private HttpServer api;

  /// Responds to every path with an empty JWK set, and to a token request with 401.
  @BeforeEach
  void start() throws IOException {
    api = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    api.createContext("/", exchange -> respond(exchange, 200, "{\"keys\": []}"));
    api.createContext("/token", exchange -> respond(exchange, 401, "{}"));
    api.start();
  }

  @AfterEach
  void stop() {
    api.stop(0);
  }

  private static void respond(HttpExchange exchange, int status, String text) throws IOException {
    try (exchange) {
      byte[] body = text.getBytes(StandardCharsets.UTF_8);
      exchange.sendResponseHeaders(status, body.length);
      exchange.getResponseBody().write(body);
    }
  }

  private String apiUrl() {
    return "http://127.0.0.1:" + api.getAddress().getPort();
  }

  private List<Finding> examine(Path file, ProcessLimits limits, Clock clock)
      throws InvalidConfigException, InterruptedException {
    var loaded = LoadedConfig.read(new ConfigSources(Optional.of(file), Map.of(), List.of()));
    var found = new ArrayList<Finding>();
    new Doctor(loaded, Optional.of(file), limits, clock).run(found::add);
    return found;
  }

  private List<Finding> examine(String yaml) throws Exception {
    return examine(config(yaml), MANY_FILES, Clock.systemUTC());
  }

  private Path config(String yaml) throws IOException {
    var file = Files.writeString(folder.resolve("backlane.yaml"), yaml);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    return file;
  }

  private static void assertFound(
      List<Finding> found, Level level, String check, String what, String fix) {
    assertThat(found)
        .anySatisfy(finding -> {
          assertThat(finding.level()).isEqualTo(level);
          assertThat(finding.check()).isEqualTo(check);
          assertThat(finding.what()).contains(what);
          assertThat(finding.fix()).contains(fix);
        });
  }

  @Test
  void findsNothingWrongWithAHealthySetup() throws Exception {
    var found =
        examine(
            """
            server: { port: 0 }
            upstream: { url: "%s" }
            auth: { mode: none }
            store: { path: "%s" }
            """
                .formatted(apiUrl(), folder.resolve("data")));
    assertThat(found).allSatisfy(finding -> assertThat(finding.level()).isEqualTo(Level.OK));
    assertThat(found)
        .extracting(Finding::check)
        .contains("program", "store", "disk", "port", "upstream", "clock", "limits");
    assertThat(folder.resolve("data")).doesNotExist();
  }

  @Test
  void namesPlantedProblemsAndTheirFixes() throws Exception {
    var data = folder.resolve("data");
    RocksStore.open(data).close();
    Files.setPosixFilePermissions(data, PosixFilePermissions.fromString("rwxr-xr-x"));
    var keys = new TestKeys(folder);
    var expired = keys.pair("expired", "-3d", 1);
    var other = keys.pair("other", "-1d", 100);
    try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      var file =
          config(
              """
              server:
                port: %d
                tls-certificate: "%s"
                tls-key: "%s"
              upstream:
                url: "http://127.0.0.1:1"
                credentials: client-credentials
                token-url: "%s/token"
                client-id: gateway
                client-secret: wrong-secret
              auth:
                mode: jwt
                issuer: "https://login.example.com"
                audience: api
                jwks-url: "http://nowhere.invalid/jwks"
              store: { path: "%s" }
              webhooks: { tls-certificate: "%s", tls-key: "%s" }
              subscriptions:
                - { client: c, url: "http://10.0.0.7/hook", secret: "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=" }
              admin: { audit-log: "%s" }
              """
                  .formatted(
                      taken.getLocalPort(),
                      expired.certificate(),
                      expired.key(),
                      apiUrl(),
                      data,
                      expired.certificate(),
                      other.key(),
                      folder));
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));

      var found =
          examine(
              file,
              new ProcessLimits(1L << 30, 256),
              Clock.offset(Clock.systemUTC(), Duration.ofHours(2)));

      assertFound(found, Level.WARN, "configuration", "upstream.client-secret", "chmod 600");
      assertFound(found, Level.WARN, "store", "data can be read by other users", "chmod 700");
      assertFound(found, Level.FAIL, "store", "master.key is missing", "restore it");
      assertFound(found, Level.FAIL, "port", "in use by another program", "another server.port");
      assertFound(found, Level.FAIL, "tls", "has expired: CN=expired", "renew it");
      assertFound(found, Level.FAIL, "tls", "does not match the certificate in", "of one pair");
      assertFound(
          found, Level.FAIL, "upstream", "127.0.0.1:1 refuses connections", "start the API");
      assertFound(found, Level.FAIL, "issuer", "nowhere.invalid does not resolve", "auth.jwks-url");
      assertFound(
          found,
          Level.FAIL,
          "issuer",
          "refuses the gateway's client",
          "upstream.client-id and upstream.client-secret");
      assertFound(found, Level.FAIL, "clock", "is 2 h 0 min ahead of", "NTP");
      assertFound(found, Level.FAIL, "files", "is a directory", "name a file");
      assertFound(found, Level.WARN, "limits", "256 open files", "ulimit -n");
      assertFound(found, Level.FAIL, "receivers", "10.0.0.7", "webhooks.allow-cidrs");
      assertThat(data.resolve("master.key")).doesNotExist();
      assertThat(found)
          .allSatisfy(finding -> assertThat(finding.line()).doesNotContain("wrong-secret"));
    }
  }

  @Test
  void findsThePortOfOperatorsInUse() throws Exception {
    try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      int port = taken.getLocalPort();
      var found =
          examine(
              """
              server: { port: 0 }
              admin: { port: %d }
              upstream: { url: "%s" }
              auth: { mode: none }
              store: { kind: memory }
              """
                  .formatted(port, apiUrl()));
      assertFound(found, Level.OK, "port", "server.port 0: any free port", "");
      assertFound(found, Level.FAIL, "port", port + " is in use by another program", "admin.port");
    }
  }

  @Test
  void reportsAStoreInUseWithoutLockingIt() throws Exception {
    var data = folder.resolve("data");
    var yaml =
        """
        server: { port: 0 }
        upstream: { url: "%s" }
        auth: { mode: none }
        store: { path: "%s", master-key: "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=" }
        """
            .formatted(apiUrl(), data);
    try (var store = RocksStore.open(data)) {
      assertFound(
          examine(yaml),
          Level.OK,
          "store",
          "in use by process " + ProcessHandle.current().pid(),
          "");
      store.operations().probe();
    }
    assertFound(examine(yaml), Level.OK, "store", "has a store", "");
    RocksStore.open(data).close();
  }

  @Test
  void namesIssuersWithoutUsableKeysAndUpstreamsWithoutTls() throws Exception {
    try (var plain = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      var responds = Thread.ofVirtual().start(() -> respondWithoutTls(plain));
      var found =
          examine(
              """
              server: { port: 0 }
              upstream: { url: "https://127.0.0.1:%d" }
              auth: { mode: jwt, issuer: i, audience: a, jwks-url: "%s/jwks" }
              store: { kind: memory }
              """
                  .formatted(plain.getLocalPort(), apiUrl()));
      responds.join();
      assertFound(found, Level.WARN, "store", "lost when the gateway stops", "store.kind: rocksdb");
      assertFound(found, Level.FAIL, "upstream", "does not speak TLS", "write http://");
      assertFound(
          found, Level.FAIL, "issuer", "/jwks has no keys", "location of the issuer's keys");
    }
  }

  @Test
  void namesEachIssuerWhoseKeysCannotBeDiscovered() throws Exception {
    var found =
        examine(
            """
            server: { port: 0 }
            upstream: { url: "%1$s" }
            auth:
              issuer: "%1$s/one"
              audience: a
              issuers: [{ issuer: "%1$s/two", prefix: "2/" }]
            store: { kind: memory }
            """
                .formatted(apiUrl()));
    for (var issuer : List.of("/one", "/two")) {
      assertFound(
          found,
          Level.FAIL,
          "issuer",
          issuer
              + " cannot be discovered: "
              + apiUrl()
              + issuer
              + "/.well-known/openid-configuration",
          "auth.jwks-url");
    }
  }

  private static void respondWithoutTls(ServerSocket server) {
    try (var client = server.accept()) {
      client
          .getOutputStream()
          .write("HTTP/1.1 400 Bad Request\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    } catch (IOException closed) {
      throw new UncheckedIOException(closed);
    }
  }

  @Test
  void triesADatabase() throws Exception {
    TestPostgres.createDatabase("doctor");
    assertFound(
        examine(database(TestPostgres.SERVER.url("doctor"), TestPostgres.SERVER.password())),
        Level.OK,
        "store",
        "with the tables",
        "");
    assertFound(
        examine(database(TestPostgres.SERVER.url("doctor"), TestPostgres.SERVER.password())),
        Level.OK,
        "clock",
        "agrees with the database",
        "");
    assertFound(
        examine(database(TestPostgres.SERVER.url("absent"), TestPostgres.SERVER.password())),
        Level.FAIL,
        "store",
        "has no such database",
        "createdb");
    assertFound(
        examine(database(TestPostgres.SERVER.url("doctor"), "another-password")),
        Level.FAIL,
        "store",
        "refuses the user",
        "store.user and store.password");
    assertFound(
        examine(database("jdbc:postgresql://127.0.0.1:1/backlane", "x")),
        Level.FAIL,
        "store",
        "cannot be reached",
        "start it, or correct the host");
  }

  private String database(String url, String password) {
    return """
    server: { port: 0 }
    upstream: { url: "%s" }
    auth: { mode: none }
    store:
      kind: postgres
      url: "%s"
      user: "%s"
      password: "%s"
      master-key: "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
      spool-path: "%s"
    """
        .formatted(apiUrl(), url, TestPostgres.SERVER.user(), password, folder.resolve("spool"));
  }
}
