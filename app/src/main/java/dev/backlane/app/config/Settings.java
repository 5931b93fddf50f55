package dev.backlane.app.config;

import dev.backlane.app.config.ValueType.Many;
import dev.backlane.app.config.ValueType.Scalar;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// The catalogue of settings. Parsing, environment names, flags, help, suggestions and docs/configuration.md all come
/// from here.
final class Settings {
  private static final Duration MILLI = Duration.ofMillis(1);
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final Duration HOUR = Duration.ofHours(1);
  private static final Duration DAY = Duration.ofDays(1);
  private static final Duration YEAR = Duration.ofDays(365);
  private static final long KIB = 1L << 10;
  private static final long GIB = 1L << 30;
  static final Pattern METHOD = Pattern.compile("[A-Z][A-Z0-9_-]{0,39}");
  private static final Pattern PREFIX = Pattern.compile("(/[A-Za-z0-9._~-]+)+");
  private static final Pattern SCOPE = Pattern.compile("[!#-\\[\\]-~]*");

  static final Setting<String> SERVER_HOST =
      Setting.of("server.host", Types.host(), "The address to listen on.").byDefault("127.0.0.1");
  static final Setting<Integer> SERVER_PORT =
      Setting.of(
              "server.port",
              Types.wholeNumber(0, 65_535),
              "The port to listen on; 0 takes any free one.")
          .byDefault("8080")
          .alsoAs("--port");
  static final Setting<URI> SERVER_PUBLIC_URL =
      Setting.of(
          "server.public-url",
          UrlType.ofBase("https://api.example.com"),
          "The URL that clients use; the locations in answers stand on it. Left out: http:// (https:// with TLS) with server.host and the"
              + " port. Needed when server.host is 0.0.0.0 or ::.");
  static final Setting<List<String>> SERVER_PREFIXES =
      Setting.of(
              "server.prefixes",
              new Many<>(
                  Types.matching(
                      "a path that begins with '/' and does not end with it", "/PATH", PREFIX)),
              "Paths under which /v1/background answers as well.")
          .byDefault("");
  static final Setting<Duration> SERVER_IDLE_TIMEOUT =
      Setting.of(
              "server.idle-timeout",
              Types.duration(SECOND, HOUR),
              "After which a connection without a request is closed.")
          .byDefault("5m");
  // As nginx has it: client_header_timeout and client_body_timeout.
  static final Setting<Duration> SERVER_REQUEST_TIMEOUT =
      Setting.of(
              "server.request-timeout",
              Types.duration(SECOND, HOUR),
              "The longest that a client may take for the header lines of a request, and be silent within its body;"
                  + " then its connection is closed.")
          .byDefault("1m");
  static final Setting<Long> SERVER_HEADERS_MAX =
      Setting.of(
              "server.headers-max",
              Types.bytes(KIB, 1024 * KIB),
              "The header lines of a request together.")
          .byDefault("16KiB");
  static final Setting<Integer> SERVER_MAX_CONNECTIONS =
      Setting.of(
              "server.max-connections",
              Types.wholeNumber(1, 1_000_000),
              "Connections open at the same time.")
          .byDefault("10000");

  static final Setting<URI> UPSTREAM_URL =
      Setting.of(
              "upstream.url",
              UrlType.ofServer("http://127.0.0.1:9000"),
              "The API behind the gateway. Required. A call reaches it with the path as it was received.")
          .alsoAs("--upstream");
  static final Setting<Duration> UPSTREAM_CONNECT_TIMEOUT =
      Setting.of(
              "upstream.connect-timeout",
              Types.duration(MILLI, HOUR),
              "To open a connection, TLS included.")
          .byDefault("5s");
  static final Setting<Duration> UPSTREAM_ATTEMPT_TIMEOUT =
      Setting.of(
              "upstream.attempt-timeout",
              Types.duration(MILLI, Duration.ofDays(30)),
              "For one attempt of an operation, from sending to the last byte of the answer.")
          .byDefault("4h");
  static final Setting<Duration> UPSTREAM_RESPONSE_TIMEOUT =
      Setting.of(
              "upstream.response-timeout",
              Types.duration(MILLI, DAY),
              "The longest silence of the upstream during a proxied call; then the client is answered 504.")
          .byDefault("5m");
  static final Setting<Integer> UPSTREAM_MAX_CONNECTIONS =
      Setting.of(
              "upstream.max-connections",
              Types.wholeNumber(1, 100_000),
              "Connections of each node to the upstream at the same time, for operations and proxied calls together.")
          .byDefault("1024");

  static final Setting<String> AUTH_MODE =
      Setting.of(
              "auth.mode",
              Types.oneOf(List.of("jwt", "introspection", "none")),
              "How callers show who they are: jwt for OAuth 2.0 bearer tokens that are JWTs; introspection for tokens that their"
                  + " issuer is asked about (RFC 7662); none only while server.host is a loopback"
                  + " address, or with auth.allow-insecure.")
          .byDefault("jwt");
  static final Setting<Boolean> AUTH_ALLOW_INSECURE =
      Setting.of(
              "auth.allow-insecure",
              Types.truth(),
              "Lets auth.mode none serve on an address that others can reach. Then anybody can call as anybody.")
          .byDefault("false");
  static final Setting<String> AUTH_ISSUER =
      Setting.of(
          "auth.issuer",
          Types.text("the iss claim of the tokens, such as https://login.example.com", "TEXT"),
          "The issuer that tokens must come from. Required for jwt.");
  static final Setting<URI> AUTH_JWKS_URL =
      Setting.of(
          "auth.jwks-url",
          UrlType.ofPage("https://login.example.com/jwks"),
          "Where the issuer publishes its keys. For jwt, either this or auth.jwks-file.");
  static final Setting<Path> AUTH_JWKS_FILE =
      Setting.of(
          "auth.jwks-file",
          Types.path("the path of a file with a JWK set"),
          "A file with the issuer's keys. For jwt, either this or auth.jwks-url.");
  static final Setting<String> AUTH_AUDIENCE =
      Setting.of(
          "auth.audience",
          Types.text("an aud claim of the tokens", "TEXT"),
          "The audience that tokens must be meant for. Required for jwt.");
  static final Setting<String> AUTH_TENANT_CLAIM =
      Setting.of("auth.tenant-claim", claim(), "The claim that names the tenant.")
          .byDefault("tenant_id");
  static final Setting<String> AUTH_CLIENT_CLAIM =
      Setting.of("auth.client-claim", claim(), "The claim that names the client.")
          .byDefault("client_id");
  static final Setting<String> AUTH_SUBJECT_CLAIM =
      Setting.of("auth.subject-claim", claim(), "The claim that names the user.").byDefault("sub");
  static final Setting<String> AUTH_SCOPE_PREFIX =
      Setting.of(
              "auth.scope-prefix",
              Types.matching("the part of a scope before :read, or nothing", "TEXT", SCOPE),
              "Tokens need the scope of this prefix followed by :read, :create, :update or :delete, by method. Empty:"
                  + " scopes are not checked.")
          .byDefault("");
  static final Setting<List<String>> AUTH_ALGORITHMS =
      Setting.of(
              "auth.algorithms",
              new Many<>(
                  Types.oneOf(
                      List.of(
                          "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384",
                          "ES512"))),
              "The signature algorithms that are accepted.")
          .byDefault("RS256,PS256,ES256");

  static final Setting<Integer> EXECUTION_CONCURRENCY =
      Setting.of(
              "execution.concurrency",
              Types.wholeNumber(1, 10_000),
              "Attempts at the same time, at each node.")
          .byDefault("64");
  static final Setting<Integer> EXECUTION_CONCURRENCY_PER_TENANT =
      Setting.of(
              "execution.concurrency-per-tenant",
              Types.wholeNumber(0, 10_000),
              "Of these, for one tenant; 0 sets no bound.")
          .byDefault("0");
  static final Setting<Duration> EXECUTION_LEASE =
      Setting.of(
              "execution.lease",
              Types.duration(Duration.ofSeconds(3), Duration.ofMinutes(5)),
              "With store.kind postgres: after so long a silence of a node, others take over what it was running. A shorter one"
                  + " notices sooner, and sooner takes a node that only paused for dead.")
          .byDefault("10s");
  static final Setting<Integer> EXECUTION_MAX_ATTEMPTS =
      Setting.of("execution.max-attempts", attempts(), "Attempts of one operation at most.")
          .byDefault("5");
  static final Setting<Duration> EXECUTION_MAX_DURATION =
      Setting.of("execution.max-duration", longDuration(), "From receipt; no attempt begins later.")
          .byDefault("24h");
  static final Setting<Duration> EXECUTION_DRAIN_TIMEOUT =
      Setting.of(
              "execution.drain-timeout",
              Types.duration(Duration.ZERO, DAY),
              "After SIGTERM, for running attempts to end.")
          .byDefault("30s");
  static final Setting<Duration> EXECUTION_BACKOFF_INITIAL =
      Setting.of(
              "execution.backoff-initial",
              Types.duration(MILLI, HOUR),
              "The longest wait before the second attempt; it doubles with each further one.")
          .byDefault("1s");
  static final Setting<Duration> EXECUTION_BACKOFF_MAX =
      Setting.of(
              "execution.backoff-max",
              Types.duration(MILLI, DAY),
              "The longest wait before any attempt.")
          .byDefault("5m");
  static final Setting<Duration> EXECUTION_RETRY_AFTER_MAX =
      Setting.of(
              "execution.retry-after-max",
              Types.duration(Duration.ZERO, Duration.ofDays(7)),
              "The most that an upstream's Retry-After can ask for.")
          .byDefault("1h");

  static final Setting<Duration> EXECUTION_LATENCY_TARGET =
      Setting.of(
              "execution.latency-target",
              Types.duration(Duration.ZERO, DAY),
              "An attempt that takes longer lowers the number of attempts at the same time for a while, as an upstream's"
                  + " 429 and 503 always do; 0ms: no attempt does.")
          .byDefault("0ms");

  static final Setting<Long> LIMITS_REQUEST_BODY_MAX =
      Setting.of(
              "limits.request-body-max",
              Types.bytes(0, 1024 * GIB),
              "The body of a background call; a longer one is answered 413.")
          .byDefault("64MiB");
  static final Setting<Long> LIMITS_RESPONSE_BODY_MAX =
      Setting.of(
              "limits.response-body-max",
              Types.bytes(0, 1024 * GIB),
              "The upstream's answer to a background call; a longer one ends the operation as Failed.")
          .byDefault("256MiB");
  static final Setting<Integer> LIMITS_QUEUE_MAX =
      Setting.of(
              "limits.queue-max",
              Types.wholeNumber(1, 100_000_000),
              "Operations that wait for a worker; a further one is answered 503.")
          .byDefault("1000000");
  static final Setting<Duration> LIMITS_WAIT_MAX =
      Setting.of(
              "limits.wait-max",
              Types.duration(Duration.ZERO, HOUR),
              "The most that a client can ask for with wait.")
          .byDefault("60s");

  static final Setting<Long> LIMITS_DISK_FREE_MIN =
      Setting.of(
          "limits.disk-free-min",
          Types.bytes(0, 1024 * GIB),
          "With less free space on the disk of store.path, new calls are answered 503. Left out: 1GiB, or 5 % of the disk"
              + " where that is less. For a rocksdb store alone: the disk of a database is watched where it is.");

  static final Setting<Duration> RETENTION =
      Setting.of(
              "retention",
              Types.duration(SECOND, YEAR.multipliedBy(10)),
              "How long an ended operation is kept, counted from its receipt.")
          .byDefault("24h");

  static final Setting<List<Values>> ROUTES =
      Setting.of(
              "routes",
              RouteSettings.table(),
              "What is special about single paths; the first row that matches a call counts.")
          .byDefault("");

  /// Every setting of the top level, in the order of the documentation.
  static final List<Setting<?>> ALL =
      Stream.<List<Setting<?>>>of(
              List.of(
                  SERVER_HOST,
                  SERVER_PORT,
                  SERVER_PUBLIC_URL,
                  SERVER_PREFIXES,
                  SERVER_IDLE_TIMEOUT,
                  SERVER_REQUEST_TIMEOUT,
                  SERVER_HEADERS_MAX,
                  SERVER_MAX_CONNECTIONS),
              TlsSettings.SERVER.all(),
              List.of(
                  UPSTREAM_URL,
                  UPSTREAM_CONNECT_TIMEOUT,
                  UPSTREAM_ATTEMPT_TIMEOUT,
                  UPSTREAM_RESPONSE_TIMEOUT,
                  UPSTREAM_MAX_CONNECTIONS),
              TlsSettings.UPSTREAM.all(),
              CredentialSettings.ALL,
              List.of(
                  AUTH_MODE,
                  AUTH_ALLOW_INSECURE,
                  AUTH_ISSUER,
                  AUTH_JWKS_URL,
                  AUTH_JWKS_FILE,
                  AUTH_AUDIENCE,
                  AUTH_TENANT_CLAIM,
                  AUTH_CLIENT_CLAIM,
                  AUTH_SUBJECT_CLAIM,
                  AUTH_SCOPE_PREFIX,
                  AUTH_ALGORITHMS),
              IntrospectionSettings.ALL,
              StoreSettings.ALL,
              List.of(
                  EXECUTION_CONCURRENCY,
                  EXECUTION_CONCURRENCY_PER_TENANT,
                  EXECUTION_LEASE,
                  EXECUTION_MAX_ATTEMPTS,
                  EXECUTION_MAX_DURATION,
                  EXECUTION_DRAIN_TIMEOUT,
                  EXECUTION_BACKOFF_INITIAL,
                  EXECUTION_BACKOFF_MAX,
                  EXECUTION_RETRY_AFTER_MAX,
                  EXECUTION_LATENCY_TARGET,
                  LIMITS_REQUEST_BODY_MAX,
                  LIMITS_RESPONSE_BODY_MAX,
                  LIMITS_QUEUE_MAX,
                  LIMITS_WAIT_MAX,
                  LIMITS_DISK_FREE_MIN),
              RateSettings.ALL,
              List.of(RETENTION),
              WebhookSettings.ALL,
              AdminSettings.ALL,
              List.of(ROUTES))
          .flatMap(List::stream)
          .toList();

  private Settings() {}

  private static Scalar<String> claim() {
    return Types.text("the name of a claim", "CLAIM");
  }

  static Scalar<Integer> attempts() {
    return Types.wholeNumber(1, 1_000);
  }

  static Scalar<Duration> longDuration() {
    return Types.duration(MILLI, Duration.ofDays(30));
  }
}
