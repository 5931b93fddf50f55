package dev.backlane.app.config.sections;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.backlane.app.config.reader.ConfigSources;
import dev.backlane.app.config.reader.ConfigSources.Flag;
import dev.backlane.app.config.reader.InvalidConfigException;
import dev.backlane.app.config.reader.Setting;
import dev.backlane.engine.delivery.DeliverySchedule;
import dev.backlane.engine.execution.PathPattern;
import dev.backlane.engine.execution.Routes;
import dev.backlane.engine.notification.DeliverySettings;
import dev.backlane.gateway.auth.IdentityClaims;
import dev.backlane.gateway.auth.JwtSettings;
import dev.backlane.gateway.tls.TlsFiles;
import dev.backlane.gateway.webhook.SigningSecret;
import dev.backlane.gateway.webhook.Subscription;
import dev.backlane.gateway.webhook.WebhookSender;
import dev.backlane.protocol.webhook.WebhookSecret;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

final class ConfigReaderTest {
  private static final String SIGNING_SECRET = "whsec_aHVudGVyMmh1bnRlcjJodW50ZXIyaHVudGVyMg==";
  private static final List<Flag> SMALLEST =
      List.of(new Flag("--upstream", "http://127.0.0.1:9000"), new Flag("--auth.mode", "none"));

  @TempDir private Path folder;

  @Test
  void defaultsAreThoseOfTheContract() throws Exception {
    Config config = read("", Map.of(), SMALLEST);

    assertThat(config.server().listener().host()).isEqualTo("127.0.0.1");
    assertThat(config.server().listener().port()).isEqualTo(8080);
    assertThat(config.server().publicUrlAt(8080)).isEqualTo(URI.create("http://127.0.0.1:8080"));
    assertThat(config.server().prefixes()).isEmpty();
    assertThat(config.upstream().connectTimeout()).isEqualTo(Duration.ofSeconds(5));
    assertThat(config.routes().otherwise().attemptTimeout()).isEqualTo(Duration.ofHours(4));
    assertThat(config.upstream().rewriteLocation()).isTrue();
    assertThat(config.trigger().prefer()).isTrue();
    assertThat(config.store())
        .isEqualTo(
            new StoreSection.RocksDb(Path.of("./data"), false, Optional.empty(), Optional.empty()));
    assertThat(config.execution().concurrency()).isEqualTo(64);
    assertThat(config.execution().concurrencyPerTenant()).isZero();
    assertThat(config.execution().drainTimeout()).isEqualTo(Duration.ofMinutes(10));
    assertThat(config.execution().lease()).isEqualTo(Duration.ofSeconds(10));
    assertThat(config.execution().retry().maxAttempts()).isEqualTo(5);
    assertThat(config.execution().retry().maxDuration()).isEqualTo(Duration.ofHours(24));
    assertThat(config.execution().retry().backoffInitial()).isEqualTo(Duration.ofSeconds(1));
    assertThat(config.execution().retry().backoffMax()).isEqualTo(Duration.ofMinutes(5));
    assertThat(config.execution().retry().retryAfterMax()).isEqualTo(Duration.ofHours(1));
    assertThat(config.execution().retry().repeatable()).isFalse();
    assertThat(config.limits())
        .isEqualTo(
            new LimitsSection(
                64L << 20,
                256L << 20,
                Optional.empty(),
                1_000_000,
                0,
                Duration.ofSeconds(60),
                Optional.empty(),
                0,
                0,
                256,
                256,
                16,
                500,
                Duration.ofHours(24)));
    assertThat(config.webhooks())
        .isEqualTo(
            new WebhooksSection(
                true,
                List.of(),
                Duration.ofSeconds(15),
                new WebhookSender.Terms("x-signature", Optional.empty(), Duration.ofDays(5)),
                new DeliverySettings(
                    new DeliverySchedule(DeliverySchedule.DELAYS_DEFAULT, Duration.ofHours(24)),
                    512,
                    256,
                    8,
                    Duration.ofSeconds(30),
                    Duration.ofDays(7)),
                Duration.ofHours(24),
                new TlsFiles(Optional.empty(), Optional.empty())));
    assertThat(config.subscriptions()).isEmpty();
    assertThat(config.admin().token()).isEmpty();
    assertThat(config.routes().routes()).isEmpty();
  }

  @Test
  void authenticatesWithJwtAndContractClaimsByDefault() throws Exception {
    String text =
        """
        upstream: { url: "http://127.0.0.1:9000" }
        auth: { issuer: "https://i.example", audience: a, jwks-url: "https://i.example/keys?v=1" }
        """;
    assertThat(read(text, Map.of(), List.of()).auth())
        .isEqualTo(
            new AuthSection.Jwt(
                new JwtSettings(
                    List.of(
                        new JwtSettings.Issuer(
                            "https://i.example",
                            Set.of("a"),
                            new JwtSettings.KeysAt(URI.create("https://i.example/keys?v=1")),
                            IdentityClaims.DEFAULT)),
                    Set.of("RS256", "PS256", "ES256"),
                    Duration.ofSeconds(60))));
  }

  @ParameterizedTest
  @CsvSource({
    "'', '', '', 8080",
    "81, '', '', 81",
    "81, 82, '', 82",
    "81, 82, 83, 83",
    "81, '', 83, 83",
    "'', 82, '', 82",
    "'', 82, 83, 83"
  })
  void flagOverridesEnvironmentAndEnvironmentOverridesFile(
      String file, String environment, String flag, int port) throws Exception {
    List<Flag> flags = new ArrayList<>(SMALLEST);
    if (!flag.isEmpty()) {
      flags.add(new Flag("--server.port", flag));
    }
    Map<String, String> variables =
        environment.isEmpty() ? Map.of() : Map.of("BACKLANE_SERVER_PORT", environment);
    String text = file.isEmpty() ? "" : "server:\n  port: " + file;

    assertThat(read(text, variables, flags).server().listener().port()).isEqualTo(port);
  }

  static Stream<Setting<?>> settingsWithDefault() {
    // The smallest configuration sets the mode as a flag already; some settings apply only to a
    // store that is not the default.
    return Config.SETTINGS.stream()
        .filter(setting -> setting.fallback().isPresent() && !setting.equals(AuthSection.MODE))
        .filter(setting -> !StoreSection.OF_POSTGRES.contains(setting));
  }

  @ParameterizedTest
  @MethodSource("settingsWithDefault")
  void acceptsEverySettingAsVariableAndAsFlag(Setting<?> setting) throws Exception {
    String value = setting.fallback().orElseThrow();
    Config plain = read("", Map.of(), SMALLEST);
    List<Flag> flags = new ArrayList<>(SMALLEST);
    flags.add(new Flag(setting.flag(), value));

    assertSame(plain, read("", Map.of(setting.environmentName(), value), SMALLEST));
    assertSame(plain, read("", Map.of(), flags));
  }

  /// Compares all except what is shown to operators, which says where a value is from.
  private static void assertSame(Config plain, Config read) {
    assertThat(read)
        .usingRecursiveComparison()
        .usingOverriddenEquals()
        .ignoringFields("shown")
        .isEqualTo(plain);
  }

  @Test
  void variableAndFlagNamesAreUnique() {
    assertThat(Config.SETTINGS).extracting(Setting::environmentName).doesNotHaveDuplicates();
    assertThat(Config.SETTINGS).extracting(Setting::flag).doesNotHaveDuplicates();
  }

  @Test
  void reportsAllProblemsAtOnceWithPlaceKeyAndFix() throws Exception {
    String text =
        """
        server:
          prot: 1
          port: 70000
          port: 80
        limits: { request-body-max: 64MB }
        store: { kind: postgre }
        routes: [{ path: invoices, metods: [POST] }]
        """;
    List<Flag> flags =
        List.of(new Flag("--execution.concurency", ""), new Flag("--retention", "1 day"));

    List<String> lines =
        problems(
            text, Map.of("BACKLANE_SERVER_HSOT", "x", "BACKLANE_LIMITS_QUEUE_MAX", "0"), flags);

    String file = folder.resolve("backlane.yaml").toString();
    assertThat(lines)
        .containsExactly(
            file
                + ": upstream.url: is not set; give an absolute http or https URL with neither path nor query, such as"
                + " http://127.0.0.1:9000",
            file
                + ": auth.issuer: is not set; give the iss claim of the tokens, such as https://login.example.com"
                + " (auth.mode is jwt; to try it on loopback: --auth.mode=none)",
            file
                + ": auth.audience: is not set; give an aud claim of the tokens, or a list of such values",
            file + ":2:3: server.prot: is not a known key; did you mean 'server.port'?",
            file
                + ":3:9: server.port: '70000' is out of range; give a whole number from 0 to 65535",
            file
                + ":4:3: server.port: is given twice, first at "
                + file
                + ":3:3; keep one of the two",
            file
                + ":5:29: limits.request-body-max: '64MB' is not a size; give a size from 0B to 1TiB, such as 1000, 512KiB,"
                + " 64MiB or 1GiB",
            file
                + ":6:16: store.kind: 'postgre' is not a known value; give one of rocksdb, postgres, memory",
            file
                + ":7:18: routes[0].path: 'invoices' is not a path pattern: a path pattern must begin with '/'; give a path that"
                + " begins with '/', with * within a segment and ** for any number of segments",
            file + ":7:28: routes[0].metods: is not a known key; did you mean 'methods'?",
            "environment BACKLANE_LIMITS_QUEUE_MAX: limits.queue-max: '0' is out of range; give a whole number from 1 to"
                + " 100000000",
            "environment BACKLANE_SERVER_HSOT: is not a known variable; did you mean 'BACKLANE_SERVER_HOST'?",
            "flag --execution.concurency: is not known; did you mean '--execution.concurrency'?",
            "flag --retention: retention: '1 day' is not a duration; give a duration from 1s to 3650d, such as 500ms, 5s,"
                + " 30m, 4h or 7d");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "server: 8080 | server: is a single value, not a section of keys",
        "server.port: 1 | server.port: is not a known key; write the parts as nested keys",
        "port: 1 | port: is not a known key; did you mean 'server.port'?",
        "sever: {port: 1} | sever: is not a known key; did you mean 'server'?",
        "server: {port: } | server.port: has no value; give a whole number from 0 to 65535 or remove the key",
        "server: {port: 1.5} | '1.5' is not a whole number",
        "server: {port: [1]} | server.port: is a list, not a single value",
        "server: {port: {a: 1}} | server.port: is a section of keys, not a single value",
        "server: {port: -1} | '-1' is out of range",
        "server: {host: 'http://x'} | is not a host",
        "server: {host: '[::1]'} | is not a host",
        "{server: {host: 0.0.0.0}, auth: {allow-insecure: true}} | server.public-url: is not set, and clients cannot call 0.0.0.0",
        "server: {public-url: 'ftp://x'} | does not begin with http:// or https://",
        "server: {public-url: 'http://x/?a'} | has a query",
        "server: {public-url: 'http://x/#a'} | has a fragment",
        "server: {public-url: 'http:///x'} | has no valid host",
        "server: {public-url: 'http://a b'} | is malformed",
        "server: {public-url: 'http://x:99999'} | has an invalid port",
        "server: {public-url: 'http://me:pw@my_host'} | has user information",
        "subscriptions: [{client: c, url: 'http://a.example/caf\u00e9', secret: whsec_aHVudGVyMmh1bnRlcjJodW50ZXIyaHVudGVyMg==}] | subscriptions[0].url: the value is malformed",
        "server: {prefixes: /api} | is a single value, not a list",
        "server: {prefixes: [api]} | 'api' has the wrong form",
        "server: {prefixes: [/api/]} | '/api/' has the wrong form",
        "server: {prefixes: [/a, /a]} | contains a duplicate item",
        "upstream: {connect-timeout: 5} | '5' is not a duration",
        "upstream: {connect-timeout: 0s} | '0s' is out of range",
        "upstream: {connect-timeout: 999999999999999d} | is out of range",
        "limits: {request-body-max: 999999999999999999TiB} | is out of range",
        "limits: {request-body-max: -1} | '-1' is not a size",
        "auth: {algorithms: [HS256]} | 'HS256' is not a known value",
        "auth: {allow-insecure: yes} | 'yes' is not a boolean; give true or false",
        "execution: {backoff-initial: 10m} | 10m is longer than execution.backoff-max 5m",
        "server: {trusted-proxies: [proxy.example]} | is not a range of addresses",
        "server: {cors-origins: ['https://a.example/path']} | has the wrong form",
        "server: {cors-origins: ['https://A.example']} | has the wrong form",
        "server: {cors-origins: ['null']} | has the wrong form",
        "server: {cors-origins: ['*'], cors-credentials: true} | list the origins",
        "webhooks: {allow-cidrs: [10.0.0.1/8]} | has bits set beyond its prefix",
        "webhooks: {allow-cidrs: [10.0.0.0/33]} | has a prefix longer than the address",
        "webhooks: {allow-cidrs: [example.com/8]} | is not a range of addresses",
        "webhooks: {allow-cidrs: [10.0.0.0/8, 10.0.0.0/8]} | contains a duplicate item",
        "webhooks: {signature-header: webhook-id} | is already used by notifications",
        "webhooks: {signature-header: Webhook_Signature} | is already used by notifications",
        "webhooks: {signature-header: proxy} | is already used by notifications",
        "webhooks: {signature-header: 'a b'} | has the wrong form",
        "webhooks: {default-secret: 'whsec_%'} | a webhook secret is base64 after 'whsec_'",
        "webhooks: {default-secret: any-text} | a webhook secret starts with 'whsec_'",
        "webhooks: {default-secret: whsec_aHVudGVyMg==} | holds 24 to 64 bytes, this one 7",
        "subscriptions: [{client: c, secret: whsec_aHVudGVyMmh1bnRlcjJodW50ZXIyaHVudGVyMg==}] | subscriptions[0].url: is not set",
        "subscriptions: {a: 1} | subscriptions: is a section of keys, not a list",
        "admin: {port: 8080} | admin.port: is 8080, the same as server.port; use another port",
        "{server: {port: 0}, admin: {port: 65536}} | '65536' is out of range",
        "admin: {host: 127.0.0.1} | admin.host: is set, but admin.port is not; set admin.port",
        "admin: {token: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa, metrics-token: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa} | admin.metrics-token: is the same as admin.token",
        "routes: [{methods: [post], path: /a}] | routes[0].methods: 'post' has the wrong form",
        "routes: [{path: /a/b**}] | '**' must be a segment of its own",
        "routes: [{}] | routes[0].path: is not set",
        "routes: [ ~ ] | routes[0]: is empty, not a section of keys",
        "[1] | is a list, not a section of keys",
        "server: &a {port: *a} | server: contains itself",
        "retention: !!binary aGk= | begins with '!', which marks a tag",
        "? [a] : b | has a key that is not text",
        "a: [ | is not valid YAML"
      })
  void reportsEachMistakeAsOneProblem(String text, String expected) throws Exception {
    assertThat(problems(text, Map.of(), SMALLEST)).singleElement().asString().contains(expected);
  }

  @Test
  void readsJwtKeysFromExactlyOneSource() throws Exception {
    Path keys = Files.writeString(folder.resolve("keys.json"), "{}");
    String auth = "upstream: {url: 'http://a'}\nauth: {issuer: i, audience: a, jwks-file: '%s'%s}";

    var read = (AuthSection.Jwt) read(auth.formatted(keys, ""), Map.of(), List.of()).auth();
    assertThat(read.settings().issuers().getFirst().keys()).isEqualTo(new JwtSettings.KeysIn(keys));
    assertThat(problems(auth.formatted(keys, ", jwks-url: 'http://a'"), Map.of(), List.of()))
        .singleElement()
        .asString()
        .contains("auth.jwks-file: is set, and so is auth.jwks-url");
    assertThat(problems(auth.formatted(folder.resolve("none"), ""), Map.of(), List.of()))
        .singleElement()
        .asString()
        .contains("cannot be read");
    assertThat(problems(auth.formatted(keys, ", algorithms: []"), Map.of(), List.of()))
        .singleElement()
        .asString()
        .contains("no token would be accepted");
  }

  @Test
  void readsEndpointsOfTheIssuerForTheDocuments() throws Exception {
    String auth =
        "upstream: {url: 'http://a'}\nauth: {issuer: i, audience: a, jwks-url: 'http://a'";

    var read =
        (AuthSection.Jwt)
            read(
                    auth + ", token-url: 'http://a/t', authorization-url: 'http://a/s'}",
                    Map.of(),
                    List.of())
                .auth();
    assertThat(read.endpoints().token()).contains(URI.create("http://a/t"));
    assertThat(read.endpoints().authorization()).contains(URI.create("http://a/s"));
    assertThat(problems(auth + ", authorization-url: 'http://a/s'}", Map.of(), List.of()))
        .singleElement()
        .asString()
        .contains("auth.authorization-url: is set without auth.token-url; set auth.token-url");
  }

  @Test
  void readsListsAndTablesFromTheEnvironment() throws Exception {
    Map<String, String> environment =
        Map.of(
            "BACKLANE_SERVER_PREFIXES", "/api, /API/controller/api",
            "BACKLANE_SUBSCRIPTIONS",
                "[{tenant: t, client: c, url: 'http://h.example/x?y', secret: "
                    + SIGNING_SECRET
                    + "}]",
            "BACKLANE_ROUTES",
                "[{path: '/invoices/**', methods: [POST], repeatable: true, max-attempts: 2}]");

    Config config = read("", environment, SMALLEST);

    assertThat(config.server().prefixes()).containsExactly("/api", "/API/controller/api");
    assertThat(config.subscriptions())
        .singleElement()
        .usingRecursiveComparison()
        .ignoringFields("id")
        .isEqualTo(
            new Subscription(
                "",
                "t",
                "c",
                URI.create("http://h.example/x?y"),
                Set.of("BACKGROUND_API_RESPONSE"),
                List.of(new SigningSecret(new WebhookSecret(SIGNING_SECRET), Optional.empty())),
                Subscription.Standing.GOOD,
                true,
                Optional.empty()));
    Routes.Route route = config.routes().routes().getFirst();
    assertThat(route.path()).isEqualTo(PathPattern.of("/invoices/**"));
    assertThat(route.methods()).containsExactly("POST");
    assertThat(route.policy().retry().repeatable()).isTrue();
    assertThat(route.policy().retry().maxAttempts()).isEqualTo(2);
    assertThat(route.policy().retry().maxDuration()).isEqualTo(Duration.ofHours(24));
    assertThat(route.policy().attemptTimeout()).isEqualTo(Duration.ofHours(4));
  }

  @Test
  void ignoresVariablesOfTheLauncherAndOfKubernetes() throws Exception {
    Map<String, String> environment =
        Map.of(
            "BACKLANE_JAVA_OPTS", "-Xmx256m",
            "BACKLANE_SERVICE_HOST", "10.0.0.1",
            "BACKLANE_SERVICE_PORT_HTTP", "80",
            "BACKLANE_PORT", "tcp://10.0.0.1:80",
            "BACKLANE_PORT_80_TCP_ADDR", "10.0.0.1",
            "PATH", "/bin");
    assertThat(read("", environment, SMALLEST)).isEqualTo(read("", Map.of(), SMALLEST));

    assertThat(problems("", Map.of("BACKLANE_PORT", "80"), SMALLEST))
        .containsExactly("environment BACKLANE_PORT: is not a known variable; unset it");
    assertThat(problems("", Map.of("BACKLANE_LOG_LEVEL", "LOUD"), SMALLEST))
        .singleElement()
        .asString()
        .contains("log.level: 'LOUD' is not a known value; give one of ERROR, WARN");
  }

  private Config read(String text, Map<String, String> environment, List<Flag> flags)
      throws IOException, InvalidConfigException {
    return Config.read(sources(text, environment, flags));
  }

  private List<String> problems(String text, Map<String, String> environment, List<Flag> flags)
      throws IOException {
    ConfigSources sources = sources(text, environment, flags);
    return catchThrowableOfType(InvalidConfigException.class, () -> Config.read(sources)).lines();
  }

  private ConfigSources sources(String text, Map<String, String> environment, List<Flag> flags)
      throws IOException {
    Path file = Files.writeString(folder.resolve("backlane.yaml"), text);
    return new ConfigSources(Optional.of(file), environment, flags);
  }
}
