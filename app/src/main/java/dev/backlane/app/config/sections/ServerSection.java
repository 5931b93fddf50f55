package dev.backlane.app.config.sections;

import dev.backlane.app.config.reader.Section;
import dev.backlane.app.config.reader.Setting;
import dev.backlane.app.config.reader.Types;
import dev.backlane.app.config.reader.ValueType.Many;
import dev.backlane.app.config.reader.Values;
import dev.backlane.gateway.address.Cidr;
import dev.backlane.gateway.api.CrossOrigin;
import dev.backlane.gateway.forwarding.TrustedProxies;
import dev.backlane.gateway.http.ListenerSettings;
import dev.backlane.gateway.http.Loopback;
import dev.backlane.gateway.tls.TlsFiles;
import dev.backlane.protocol.url.HttpUrl;
import java.net.InetAddress;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// `server`: where the gateway listens, and the URL by which clients reach it.
///
/// @param listener the settings of the listener without TLS, which `tls` configures
/// @param connectionsMax open connections from clients; empty: as many as the process permits
/// @param publicUrl absolute, `http` or `https`, no query, no trailing `/`; empty: derived from the
///     listener, see [#publicUrlAt]
/// @param prefixes paths below which `/v1/background` is served as well; each begins with `/` and
///     does not end with one
/// @param tls if it has an identity, the listener accepts HTTPS only
/// @param shutdownDelay how long calls are still accepted after a request to stop
/// @param readyWithoutStore whether the node is ready while only background calls are refused
/// @param proxies the proxies in front that are believed
/// @param origins the origins whose pages may use Backlane's own responses
public record ServerSection(
    ListenerSettings listener,
    Optional<Integer> connectionsMax,
    Optional<URI> publicUrl,
    List<String> prefixes,
    TlsFiles tls,
    Duration shutdownDelay,
    boolean readyWithoutStore,
    TrustedProxies proxies,
    CrossOrigin origins) {
  private static final Duration SECOND = Duration.ofSeconds(1);
  private static final Duration HOUR = Duration.ofHours(1);
  private static final long KIB = 1L << 10;
  private static final String FORWARDED = "forwarded";
  private static final Pattern ORIGIN =
      Pattern.compile("\\*|https?://([a-z0-9._-]+|\\[[0-9a-f:.]+\\])(:[1-9]\\d{0,4})?");

  /// Connections from clients if the setting is not given and the process permits as many.
  public static final int CONNECTIONS_MAX_DEFAULT = 10_000;

  private static final Pattern PREFIX = Pattern.compile("(/[A-Za-z0-9._~-]+)+");

  static final Section SECTION =
      Section.of("The address on which the gateway listens, and the URL that clients use.");

  static final Setting<String> HOST =
      SECTION.add(
          Setting.of("server.host", Types.host(), "The address to listen on.")
              .byDefault("127.0.0.1"));
  static final Setting<Integer> PORT =
      SECTION.add(
          Setting.of(
                  "server.port",
                  Types.wholeNumber(0, 65_535),
                  "The port to listen on; 0 selects any free port.")
              .byDefault("8080")
              .alsoAs("--port"));
  static final Setting<URI> PUBLIC_URL =
      SECTION.add(
          Setting.of(
              "server.public-url",
              Types.baseUrl("https://api.example.com"),
              "The URL that clients use; locations in responses start with it. If unset, http://"
                  + " (https:// with TLS) with server.host and the port. Required if server.host is"
                  + " 0.0.0.0 or ::."));
  private static final Setting<List<String>> PREFIXES =
      SECTION.add(
          Setting.of(
                  "server.prefixes",
                  new Many<>(
                      Types.matching(
                          "a path that begins with '/' and does not end with it", "/PATH", PREFIX)),
                  "Paths below which /v1/background is served as well.")
              .byDefault(""));
  private static final Setting<Duration> IDLE_TIMEOUT =
      SECTION.add(
          Setting.of(
                  "server.idle-timeout",
                  Types.duration(SECOND, HOUR),
                  "A connection that has had no request for this time is closed.")
              .byDefault("5m"));
  // The default of nginx for client_header_timeout and client_body_timeout.
  private static final Setting<Duration> REQUEST_TIMEOUT =
      SECTION.add(
          Setting.of(
                  "server.request-timeout",
                  Types.duration(SECOND, HOUR),
                  "The longest time for a client to send the header fields of a request, and how"
                      + " far it may be behind server.client-rate-min, so that it may be silent for"
                      + " this time; then its connection is closed.")
              .byDefault("1m"));
  // As long as an attempt of an operation may take.
  private static final Setting<Duration> BODY_TIMEOUT =
      SECTION.add(
          Setting.of(
                  "server.body-timeout",
                  Types.duration(SECOND, Duration.ofDays(30)),
                  "The longest time for a client to send the whole body of a request, at whatever"
                      + " rate; then it gets 408.")
              .byDefault("4h"));
  // The default of Kestrel, the server of ASP.NET Core, for bodies and responses: below the speed
  // of the slowest mobile network (GPRS, about 1 KB/s).
  private static final Setting<Long> CLIENT_RATE_MIN =
      SECTION.add(
          Setting.of(
                  "server.client-rate-min",
                  Types.bytes(0, 1024 * KIB),
                  "The bytes per second at which a client must send the body of a request and read"
                      + " a response, on average. A slower client is disconnected once it is"
                      + " behind by server.request-timeout. Only time in which the gateway waits"
                      + " for the client counts. 0 limits silence only.")
              .byDefault("240"));
  private static final Setting<Long> HEADERS_MAX =
      SECTION.add(
          Setting.of(
                  "server.headers-max",
                  Types.bytes(KIB, 1024 * KIB),
                  "The maximum total size of the header fields of a request.")
              .byDefault("16KiB"));
  // Apache and Kestrel permit 100, Undertow 200.
  private static final Setting<Integer> HEADER_FIELDS_MAX =
      SECTION.add(
          Setting.of(
                  "server.header-fields-max",
                  Types.wholeNumber(10, 10_000),
                  "The maximum number of header fields of a request; more get 431.")
              .byDefault("200"));
  private static final Setting<Integer> MAX_CONNECTIONS =
      SECTION.add(
          Setting.of(
              "server.max-connections",
              Types.wholeNumber(1, 1_000_000),
              "The maximum number of open connections from clients. If unset, "
                  + CONNECTIONS_MAX_DEFAULT
                  + ", or what the limit of open files (ulimit -n) and the heap (4 KiB a"
                  + " connection, 52 KiB with TLS, in 40 % of -Xmx) permit, if that is less; a"
                  + " number that they do not permit is refused at the start. What connections"
                  + " and their calls occupy is limited to 40 % of the heap in any case. An eighth"
                  + " of both is kept for other addresses than the one with the most. Beyond the"
                  + " maximum, idle connections are closed, then those of slow clients, or new ones"
                  + " if there are none."));
  // Load balancers notice a node that is not ready by probes, usually every 1 to 5 s. Kubernetes
  // removes a pod from its services at the same time as it sends SIGTERM, and nodes learn it later.
  private static final Setting<Duration> SHUTDOWN_DELAY =
      SECTION.add(
          Setting.of(
                  "server.shutdown-delay",
                  Types.duration(Duration.ZERO, Duration.ofMinutes(10)),
                  "After SIGTERM: how long /health/ready returns 503 while calls are still accepted,"
                      + " so that load balancers notice before calls are refused.")
              .byDefault("5s")
              .reloaded());
  private static final Setting<Boolean> READY_WITHOUT_STORE =
      SECTION.add(
          Setting.of(
                  "server.ready-without-store",
                  Types.bool(),
                  "Whether /health/ready returns 200 while the store is unavailable, read-only or"
                      + " full. Calls without the trigger are proxied then, and background calls get"
                      + " 503. If false, it returns 503, and load balancers send no calls.")
              .byDefault("false")
              .reloaded());
  private static final Setting<List<Cidr>> TRUSTED_PROXIES =
      SECTION.add(
          Setting.of(
                  "server.trusted-proxies",
                  new Many<>(WebhooksSection.cidr()),
                  "The addresses of the proxies in front of Backlane. What they report about the"
                      + " hops before (see server.trusted-fields) is passed on to the upstream, and"
                      + " determines the client's address in limits and in the audit log. What"
                      + " others report is replaced. Each of these proxies must set the fields or"
                      + " append to them.")
              .byDefault(""));
  private static final Setting<String> TRUSTED_FIELDS =
      SECTION.add(
          Setting.of(
                  "server.trusted-fields",
                  Types.oneOf(List.of("x-forwarded", FORWARDED)),
                  "The header fields that the trusted proxies write: x-forwarded for"
                      + " X-Forwarded-For, -Proto, -Host and -Port, and Forwarded (RFC 7239) only in"
                      + " requests without any of these; forwarded for Forwarded alone.")
              .byDefault("x-forwarded"));
  private static final Setting<List<String>> CORS_ORIGINS =
      SECTION.add(
          Setting.of(
                  "server.cors-origins",
                  new Many<>(
                      Types.matching(
                          "an origin such as https://app.example.com, in lower case and without a"
                              + " path, or '*'",
                          "ORIGIN",
                          ORIGIN)),
                  "The origins of web pages whose scripts may call /v1/background and read the"
                      + " responses to background calls (CORS); '*' permits every origin. Paths of"
                      + " the upstream keep the CORS fields of the upstream.")
              .byDefault(""));
  private static final Setting<Boolean> CORS_CREDENTIALS =
      SECTION.add(
          Setting.of(
                  "server.cors-credentials",
                  Types.bool(),
                  "Whether browsers may send cookies and client certificates with these calls. Not"
                      + " needed for access tokens in Authorization.")
              .byDefault("false"));
  private static final TlsSection TLS = TlsSection.ofServer(SECTION);

  public ServerSection {
    prefixes = List.copyOf(prefixes);
  }

  static void check(Values values) {
    Optional<String> host = values.find(HOST);
    if (host.isPresent() && isWildcard(host.get()) && !values.isGiven(PUBLIC_URL)) {
      values.problem(
          PUBLIC_URL,
          HOST,
          "is not set, and clients cannot call " + host.get(),
          "set it to the URL that clients use, such as https://api.example.com");
    }
    boolean everyOrigin =
        values.find(CORS_ORIGINS).filter(origins -> origins.contains(CrossOrigin.ANY)).isPresent();
    if (everyOrigin && values.find(CORS_CREDENTIALS).orElse(false)) {
      values.problem(
          CORS_CREDENTIALS,
          "is true while server.cors-origins is '*'",
          "list the origins, or remove this setting; access tokens in Authorization do not need it");
    }
    TLS.check(values);
  }

  static ListenerSettings listener(Values values) {
    return new ListenerSettings(
        values.get(HOST),
        values.get(PORT),
        values.get(IDLE_TIMEOUT),
        values.get(REQUEST_TIMEOUT),
        values.get(BODY_TIMEOUT),
        values.get(CLIENT_RATE_MIN),
        Math.toIntExact(values.get(HEADERS_MAX)),
        values.get(HEADER_FIELDS_MAX),
        CONNECTIONS_MAX_DEFAULT,
        Long.MAX_VALUE,
        Optional.empty());
  }

  static ServerSection of(Values values) {
    return new ServerSection(
        listener(values),
        values.find(MAX_CONNECTIONS),
        values.find(PUBLIC_URL),
        values.get(PREFIXES),
        TLS.files(values),
        values.get(SHUTDOWN_DELAY),
        values.get(READY_WITHOUT_STORE),
        new TrustedProxies(
            values.get(TRUSTED_PROXIES), values.get(TRUSTED_FIELDS).equals(FORWARDED)),
        new CrossOrigin(values.get(CORS_ORIGINS), values.get(CORS_CREDENTIALS)));
  }

  /// Whether only this machine can reach the listener.
  public boolean onLoopback() {
    return Loopback.isHost(listener.host());
  }

  /// The first address or public URL by which other machines can reach the gateway, as `server.host
  /// '0.0.0.0'`; empty if it is for this machine only. A loopback address with a public URL is
  /// behind a proxy.
  static Optional<String> firstExposed(Values values) {
    return Stream.concat(
            Stream.of(HOST, AdminSection.HOST)
                .flatMap(setting -> exposed(setting, values.find(setting))),
            Stream.of(PUBLIC_URL, AdminSection.PUBLIC_URL)
                .flatMap(setting ->
                    exposed(setting, values.find(setting).map(url -> HttpUrl.of(url).host()))))
        .findFirst();
  }

  private static Stream<String> exposed(Setting<?> setting, Optional<String> host) {
    return host
        .filter(each -> !Loopback.isHost(each))
        .map(each -> setting.key() + " " + Values.quote(each))
        .stream();
  }

  /// Whether a listener on `host` accepts connections to every address of this machine.
  static boolean isWildcard(String host) {
    return Types.isAddress(host) && InetAddress.ofLiteral(host).isAnyLocalAddress();
  }

  /// The URL that clients use: the configured one, else derived from the host and the bound port.
  public URI publicUrlAt(int boundPort) {
    return publicUrl.orElseGet(() -> url(listener.host(), boundPort, secure()));
  }

  /// As [#secure()], of values that were not checked.
  static boolean secure(Values values) {
    return TLS.hasIdentity(values);
  }

  /// Whether the listeners accept HTTPS only.
  public boolean secure() {
    return tls.identity().isPresent();
  }

  /// The URL of a port on this machine; for a wildcard address, that of loopback.
  static URI url(String host, int port, boolean secure) {
    String reachable = isWildcard(host) ? "127.0.0.1" : host;
    String authority = reachable.contains(":") ? "[" + reachable + "]" : reachable;
    return URI.create((secure ? "https" : "http") + "://" + authority + ":" + port);
  }
}
