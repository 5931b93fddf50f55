package dev.backlane.app.config.sections;

import dev.backlane.app.config.reader.Secret;
import dev.backlane.app.config.reader.Section;
import dev.backlane.app.config.reader.Setting;
import dev.backlane.app.config.reader.Types;
import dev.backlane.app.config.reader.ValueType.Many;
import dev.backlane.app.config.reader.ValueType.Scalar;
import dev.backlane.app.config.reader.Values;
import dev.backlane.gateway.dashboard.OpenIdConnect;
import dev.backlane.gateway.http.ListenerSettings;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/// `admin`: the port and the tokens of operators, the admin API and the dashboard.
///
/// @param token the bearer token of `/admin/v1`, `/metrics` and the dashboard's sign-in; empty:
///     none is accepted
/// @param readToken the bearer token for what changes nothing; empty: none is accepted
/// @param metricsToken the bearer token of `/metrics` alone; empty: none is accepted
/// @param listener the settings of a port for operators alone, without TLS, which `server.tls-*`
///     configures; empty: they use the port of clients
/// @param open whether the dashboard needs no sign-in
/// @param publicUrl the scheme and host that serve the admin API and the dashboard; empty: every
///     host
/// @param auditLog the file that operators' actions are appended to; empty: the log only
/// @param provider the OpenID Connect provider at which operators sign in; empty: none
public record AdminSection(
    Optional<Secret> token,
    Optional<Secret> readToken,
    Optional<Secret> metricsToken,
    Optional<ListenerSettings> listener,
    boolean open,
    Optional<URI> publicUrl,
    Optional<Path> auditLog,
    Optional<OpenIdConnect.Settings> provider) {
  static final Section SECTION =
      Section.of("The port and the tokens of operators, the admin API and the dashboard.");

  /// 32 hexadecimal digits have 128 bits, which cannot be guessed at any rate.
  private static final int TOKEN_CHARS_MIN = 32;

  private static final String ANOTHER_TOKEN = "make another one with: openssl rand -hex 32";

  /// What RFC 6750 section 2.1 permits as a bearer token, or nothing.
  private static final Pattern TOKEN_FORM =
      Pattern.compile("|(?=.{" + TOKEN_CHARS_MIN + ",4096}$)[A-Za-z0-9._~+/-]+=*");

  private static final Setting<String> TOKEN =
      SECTION.add(
          token(
              "admin.token",
              "The bearer token of /admin/v1, of /metrics and of the dashboard's sign-in. If empty,"
                  + " the admin API and the sign-in by token are off."));
  private static final Setting<String> READ_TOKEN =
      SECTION.add(
          token(
              "admin.read-token",
              "The bearer token of operators who see everything and change nothing: it reads"
                  + " /admin/v1 and /metrics, and signs in to the dashboard. If empty, there is no"
                  + " such token."));
  private static final Setting<String> METRICS_TOKEN =
      SECTION.add(
          token(
              "admin.metrics-token",
              "The bearer token for monitoring: it reads /metrics and nothing else. admin.token"
                  + " reads /metrics too. If both are empty, /metrics is open to clients of this"
                  + " machine while server.host, admin.host, server.public-url and admin.public-url"
                  + " are loopback addresses, and closed otherwise."));
  static final Setting<Integer> PORT =
      SECTION.add(
          Setting.of(
                  "admin.port",
                  Types.wholeNumber(0, 65_535),
                  "A port for operators alone: /health, /metrics, /openapi.json, /ui and /admin/v1"
                      + " are served there and nothing else, and every path of server.port except"
                      + " /v1/background belongs to the upstream. It uses server.tls-* and the time"
                      + " limits of server.*. If 0, they are served on server.port.")
              .byDefault("0"));
  static final Setting<String> HOST =
      SECTION.add(
          Setting.of(
              "admin.host",
              Types.host(),
              "The address to listen on for admin.port. If unset, server.host."));
  private static final Setting<Integer> MAX_CONNECTIONS =
      SECTION.add(
          Setting.of(
                  "admin.max-connections",
                  Types.wholeNumber(1, 10_000),
                  "The maximum number of open connections to admin.port; they do not count towards"
                      + " server.max-connections.")
              .byDefault("200"));
  private static final Setting<Boolean> OPEN =
      SECTION.add(
          Setting.of(
                  "admin.open",
                  Types.bool(),
                  "For development: the dashboard needs no sign-in. Requires loopback addresses as"
                      + " server.host, admin.host, server.public-url and admin.public-url; every"
                      + " user of this machine can then change operations.")
              .byDefault("false"));
  static final Setting<URI> PUBLIC_URL =
      SECTION.add(
          Setting.of(
              "admin.public-url",
              Types.serverUrl("https://ops.example.com"),
              "The URL of a separate host for operators. That host then serves only /admin/v1 and"
                  + " /ui, and no other host serves these. Recommended if the upstream serves pages"
                  + " to browsers, since a page on the host of the dashboard could act as the"
                  + " operator. If unset, every host serves them."));
  private static final Setting<Path> AUDIT_LOG =
      SECTION.add(
          Setting.of(
              "admin.audit-log",
              Types.path("the path of a file"),
              "The file to which the actions of operators at this node are appended, one line of"
                  + " JSON each. If unset, audit.jsonl in store.path; with store.kind postgres or"
                  + " memory, actions are only logged."));
  private static final Setting<URI> OIDC_ISSUER =
      SECTION.add(
          Setting.of(
              "admin.oidc-issuer",
              Types.url("https://login.example.com/realms/ops"),
              "The OpenID Connect provider at which operators sign in to the dashboard; it"
                  + " redirects them to /ui/oidc/callback. If unset, they sign in with"
                  + " admin.token."));
  private static final Setting<String> OIDC_CLIENT_ID =
      SECTION.add(
          Setting.of(
              "admin.oidc-client-id",
              Types.text("the gateway's client id", "TEXT"),
              "The gateway's client id at the provider. Required with admin.oidc-issuer."));
  private static final Setting<Secret> OIDC_CLIENT_SECRET =
      SECTION.add(
          Setting.of(
              "admin.oidc-client-secret",
              Types.secret("the secret of the gateway's client"),
              "The client's secret. Required with admin.oidc-issuer."));
  private static final Setting<String> OIDC_CLAIM =
      SECTION.add(
          Setting.of(
                  "admin.oidc-claim",
                  Types.text("the name of a claim", "CLAIM"),
                  "The claim of the ID token that identifies operators: a text or a list of texts."
                      + " One within another is written with a dot, such as realm_access.roles."
                      + " email counts only with email_verified: true.")
              .byDefault("email"));
  private static final Setting<List<String>> OIDC_VALUES =
      SECTION.add(
          Setting.of(
                  "admin.oidc-values",
                  new Many<>(Types.text("a value of the claim", "TEXT")),
                  "Users whose claim has one of these values are operators. Required with"
                      + " admin.oidc-issuer.")
              .byDefault(""));

  private static final Setting<List<String>> OIDC_READ_VALUES =
      SECTION.add(
          Setting.of(
                  "admin.oidc-read-values",
                  new Many<>(Types.text("a value of the claim", "TEXT")),
                  "Users whose claim has one of these values, and none of admin.oidc-values, see"
                      + " everything and change nothing.")
              .byDefault(""));

  private static Setting<String> token(String key, String description) {
    var expected =
        "at least "
            + TOKEN_CHARS_MIN
            + " letters, digits and -._~+/, such as the output of 'openssl rand -hex 32', or"
            + " nothing";
    return Setting.of(
            key,
            new Scalar<>(
                expected, "SECRET", false, Types.matching(expected, "SECRET", TOKEN_FORM).parser()),
            description)
        .byDefault("")
        .reloaded();
  }

  static void check(Values values) {
    checkTokens(values);
    checkPort(values);
    var exposed = ServerSection.firstExposed(values);
    if (values.find(OPEN).orElse(false) && exposed.isPresent()) {
      values.problem(
          OPEN,
          "is true while " + exposed.get() + " is not a loopback address",
          "use a loopback address, or remove it and set admin.token");
    }
    if (values.isGiven(OIDC_ISSUER)) {
      for (var setting : List.of(OIDC_CLIENT_ID, OIDC_CLIENT_SECRET, OIDC_VALUES)) {
        values.require(setting, "is not set, but admin.oidc-issuer is", "");
      }
    }
  }

  private static void checkTokens(Values values) {
    var token = secret(values, TOKEN);
    var read = secret(values, READ_TOKEN);
    var metrics = secret(values, METRICS_TOKEN);
    if (token.isPresent() && token.equals(metrics)) {
      values.problem(
          METRICS_TOKEN,
          "is the same as admin.token, so that monitoring could do everything",
          ANOTHER_TOKEN);
    }
    if (read.isPresent() && read.equals(token)) {
      values.problem(
          READ_TOKEN,
          "is the same as admin.token, so that its holders could change everything",
          ANOTHER_TOKEN);
    }
    if (read.isPresent() && read.equals(metrics)) {
      values.problem(
          METRICS_TOKEN,
          "is the same as admin.read-token, so that monitoring could read everything",
          ANOTHER_TOKEN);
    }
  }

  private static void checkPort(Values values) {
    int port = values.find(PORT).orElse(0);
    if (port == 0) {
      values.refuse(HOST, "is set, but admin.port is not", "set admin.port, or remove it");
      return;
    }
    if (values.find(ServerSection.PORT).filter(other -> other == port).isPresent()) {
      values.problem(
          PORT, "is " + port + ", the same as server.port", "use another port, or 0 to share it");
    }
    var host = values.find(HOST).or(() -> values.find(ServerSection.HOST));
    if (values.isGiven(OIDC_ISSUER)
        && !values.isGiven(PUBLIC_URL)
        && host.filter(ServerSection::isWildcard).isPresent()) {
      values.problem(
          PUBLIC_URL,
          "is not set, and the provider (admin.oidc-issuer) cannot send browsers back to "
              + host.get(),
          "set it to the URL at which operators reach admin.port");
    }
  }

  static AdminSection of(Values values) {
    return new AdminSection(
        secret(values, TOKEN),
        secret(values, READ_TOKEN),
        secret(values, METRICS_TOKEN),
        listener(values),
        values.get(OPEN),
        values.find(PUBLIC_URL),
        values
            .find(AUDIT_LOG)
            .or(() -> StoreSection.directory(values).map(path -> path.resolve("audit.jsonl"))),
        values.find(OIDC_ISSUER).map(issuer -> provider(issuer, values)));
  }

  /// The URL at which operators reach the gateway: the configured one, else that of their port,
  /// else that of clients.
  ///
  /// @param boundPort the port for operators that is open; empty: there is none
  /// @param clients the URL of clients
  public URI urlAt(Optional<Integer> boundPort, URI clients, boolean secure) {
    return publicUrl.orElseGet(() ->
        boundPort
            .flatMap(port -> listener.map(own -> ServerSection.url(own.host(), port, secure)))
            .orElse(clients));
  }

  /// How an operator on this machine reaches a gateway that was started with these settings.
  ///
  /// @param url of the admin API
  /// @param token empty: none is configured
  public record Access(URI url, Optional<Secret> token) {}

  static Access access(Values values) {
    var own = listener(values);
    var host = own.map(ListenerSettings::host).orElseGet(() -> values.get(ServerSection.HOST));
    int port = own.map(ListenerSettings::port).orElseGet(() -> values.get(ServerSection.PORT));
    return new Access(
        values
            .find(PUBLIC_URL)
            .orElseGet(() -> ServerSection.url(host, port, ServerSection.secure(values))),
        secret(values, TOKEN));
  }

  private static Optional<Secret> secret(Values values, Setting<String> setting) {
    return values.find(setting).filter(text -> !text.isEmpty()).map(Secret::new);
  }

  private static Optional<ListenerSettings> listener(Values values) {
    return values.get(PORT) == 0
        ? Optional.empty()
        : Optional.of(
            ServerSection.listener(values)
                .at(
                    values.find(HOST).orElseGet(() -> values.get(ServerSection.HOST)),
                    values.get(PORT))
                .withCapacity(values.get(MAX_CONNECTIONS), Long.MAX_VALUE));
  }

  private static OpenIdConnect.Settings provider(URI issuer, Values values) {
    return new OpenIdConnect.Settings(
        issuer,
        values.get(OIDC_CLIENT_ID),
        values.get(OIDC_CLIENT_SECRET).value(),
        values.get(OIDC_CLAIM),
        Set.copyOf(values.get(OIDC_VALUES)),
        Set.copyOf(values.get(OIDC_READ_VALUES)));
  }
}
