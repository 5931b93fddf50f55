package dev.backlane.app.config;

import java.net.InetAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/// The rules between settings. Each looks only at values that are right by themselves, so that one mistake makes one
/// problem.
final class ConfigRules {
  private static final Set<String> HEADERS_TAKEN =
      Set.of(
          "webhook-id",
          "webhook-timestamp",
          "webhook-signature",
          "content-type",
          "content-length",
          "host",
          "transfer-encoding",
          "connection",
          "user-agent");

  private final Values values;
  private final Problems problems;

  ConfigRules(Values values, Problems problems) {
    this.values = values;
    this.problems = problems;
  }

  void check() {
    require(values, Settings.UPSTREAM_URL, "");
    checkPublicUrl();
    checkLoop();
    checkAuthentication();
    checkCredentials();
    checkBackoff();
    checkSignatureHeader();
    checkSubscriptions();
    checkRoutes();
    StoreSettings.check(values, problems);
    AdminSettings.check(values, problems);
    checkUpstreamTls();
    List.of(TlsSettings.SERVER, TlsSettings.UPSTREAM, TlsSettings.WEBHOOKS)
        .forEach(tls -> tls.check(values, problems));
  }

  private void checkPublicUrl() {
    Optional<String> host = values.find(Settings.SERVER_HOST);
    if (host.isPresent() && isWildcard(host.get()) && !values.isGiven(Settings.SERVER_PUBLIC_URL)) {
      problems.add(
          values.origin(Settings.SERVER_HOST),
          Settings.SERVER_PUBLIC_URL.key(),
          "is not set, and clients cannot call " + host.get(),
          "set it to the URL that clients use, such as https://api.example.com");
    }
  }

  private void checkLoop() {
    Optional<URI> upstream = values.find(Settings.UPSTREAM_URL);
    Optional<String> host = values.find(Settings.SERVER_HOST);
    Optional<Integer> port = values.find(Settings.SERVER_PORT);
    if (upstream.isEmpty() || host.isEmpty() || port.isEmpty()) {
      return;
    }
    String upstreamHost = upstream.get().getHost().replaceAll("[\\[\\]]", "");
    boolean sameHost =
        upstreamHost.equalsIgnoreCase(host.get())
            || (ServerConfig.isLoopback(upstreamHost) && servesLoopback(host.get()));
    if (sameHost && upstream.get().getPort() == port.get()) {
      problems.add(
          values.origin(Settings.UPSTREAM_URL),
          Settings.UPSTREAM_URL.key(),
          "is the gateway itself (server.host and server.port)",
          "give the address of the API, or another server.port");
    }
  }

  private static boolean servesLoopback(String host) {
    return ServerConfig.isLoopback(host) || isWildcard(host);
  }

  private void checkAuthentication() {
    Optional<String> mode = values.find(Settings.AUTH_MODE);
    if (mode.equals(Optional.of("none"))) {
      checkOpen();
    } else if (mode.equals(Optional.of("jwt"))) {
      checkJwt();
    } else if (mode.equals(Optional.of("introspection"))) {
      IntrospectionSettings.ALL.forEach(
          setting -> require(values, setting, " (auth.mode is introspection)"));
    }
  }

  private void checkCredentials() {
    var mode = values.find(CredentialSettings.CREDENTIALS).orElse("");
    if (mode.equals("client-credentials") || mode.equals("token-exchange")) {
      var hint = " (upstream.credentials is " + mode + ")";
      require(values, CredentialSettings.TOKEN_URL, hint);
      require(values, CredentialSettings.CLIENT_ID, hint);
      require(values, CredentialSettings.CLIENT_SECRET, hint);
    }
    var secret = values.find(CredentialSettings.IDENTITY_SECRET);
    if (secret.isPresent()
        && secret.get().value().length() < CredentialSettings.IDENTITY_SECRET_CHARS_MIN) {
      problems.add(
          values.origin(CredentialSettings.IDENTITY_SECRET),
          CredentialSettings.IDENTITY_SECRET.key(),
          "is too short",
          "give at least " + CredentialSettings.IDENTITY_SECRET_CHARS_MIN + " characters");
    }
  }

  private void checkOpen() {
    Optional<String> host = values.find(Settings.SERVER_HOST);
    boolean insecure = values.find(Settings.AUTH_ALLOW_INSECURE).orElse(true);
    if (host.isPresent() && !ServerConfig.isLoopback(host.get()) && !insecure) {
      problems.add(
          values.origin(Settings.AUTH_MODE),
          Settings.AUTH_MODE.key(),
          "is none while server.host " + Problem.quote(host.get()) + " is not a loopback address",
          "use jwt, listen on 127.0.0.1, or set auth.allow-insecure: true");
    }
  }

  private void checkJwt() {
    require(
        values,
        Settings.AUTH_ISSUER,
        " (auth.mode is jwt; to try it on loopback: --auth.mode=none)");
    require(values, Settings.AUTH_AUDIENCE, "");
    boolean url = values.isGiven(Settings.AUTH_JWKS_URL);
    boolean file = values.isGiven(Settings.AUTH_JWKS_FILE);
    if (url && file) {
      problems.add(
          values.origin(Settings.AUTH_JWKS_FILE),
          Settings.AUTH_JWKS_FILE.key(),
          "is set, and so is auth.jwks-url (" + values.origin(Settings.AUTH_JWKS_URL) + ")",
          "keep one of the two");
    } else if (!url && !file) {
      problems.add(
          values.origin(Settings.AUTH_JWKS_URL),
          Settings.AUTH_JWKS_URL.key(),
          "is not set, nor is auth.jwks-file",
          "set one of the two to where the issuer's keys are");
    }
    Optional<Path> keys = values.find(Settings.AUTH_JWKS_FILE);
    if (keys.isPresent() && !Files.isReadable(keys.get())) {
      problems.add(
          values.origin(Settings.AUTH_JWKS_FILE),
          Settings.AUTH_JWKS_FILE.key(),
          Problem.quote(keys.get().toString()) + " cannot be read",
          "give the path of a file with a JWK set; relative ones start at the working directory");
    }
    if (values.find(Settings.AUTH_ALGORITHMS).filter(List::isEmpty).isPresent()) {
      problems.add(
          values.origin(Settings.AUTH_ALGORITHMS),
          Settings.AUTH_ALGORITHMS.key(),
          "is empty, so that no token would be accepted",
          "name the issuer's algorithm, such as RS256");
    }
  }

  private void checkBackoff() {
    Optional<Duration> initial = values.find(Settings.EXECUTION_BACKOFF_INITIAL);
    Optional<Duration> max = values.find(Settings.EXECUTION_BACKOFF_MAX);
    if (initial.isPresent() && max.isPresent() && initial.get().compareTo(max.get()) > 0) {
      Setting<Duration> given =
          values.isGiven(Settings.EXECUTION_BACKOFF_INITIAL)
              ? Settings.EXECUTION_BACKOFF_INITIAL
              : Settings.EXECUTION_BACKOFF_MAX;
      String what =
          Types.show(initial.get())
              + " is longer than execution.backoff-max "
              + Types.show(max.get());
      problems.add(
          values.origin(given),
          Settings.EXECUTION_BACKOFF_INITIAL.key(),
          what,
          "shorten it or raise the other");
    }
  }

  private void checkSignatureHeader() {
    Optional<String> name = values.find(WebhookSettings.SIGNATURE_HEADER);
    if (name.isPresent() && HEADERS_TAKEN.contains(name.get().toLowerCase(Locale.ROOT))) {
      problems.add(
          values.origin(WebhookSettings.SIGNATURE_HEADER),
          WebhookSettings.SIGNATURE_HEADER.key(),
          Problem.quote(name.get()) + " has another meaning already",
          "give another name, such as x-signature");
    }
  }

  private void checkSubscriptions() {
    record Owner(String tenant, String client) {}

    Set<Owner> owners = new HashSet<>();
    for (Values row : values.find(WebhookSettings.SUBSCRIPTIONS).orElse(List.of())) {
      require(row, WebhookSettings.SUBSCRIPTION_CLIENT, "");
      require(row, WebhookSettings.SUBSCRIPTION_URL, "");
      require(row, WebhookSettings.SUBSCRIPTION_SECRET, "");
      Optional<String> tenant = row.find(WebhookSettings.SUBSCRIPTION_TENANT);
      Optional<String> client = row.find(WebhookSettings.SUBSCRIPTION_CLIENT);
      if (tenant.isPresent()
          && client.isPresent()
          && !owners.add(new Owner(tenant.get(), client.get()))) {
        String what = "is a second subscription of the same tenant and client";
        problems.add(
            row.origin(WebhookSettings.SUBSCRIPTION_CLIENT),
            row.label(""),
            what,
            "keep one of the two");
      }
    }
  }

  private void checkUpstreamTls() {
    var plain = values.find(Settings.UPSTREAM_URL).filter(url -> "http".equals(url.getScheme()));
    for (var setting : TlsSettings.UPSTREAM.all()) {
      if (plain.isPresent() && values.isGiven(setting)) {
        problems.add(
            values.origin(setting),
            setting.key(),
            "is set, and upstream.url is http",
            "give an https URL, or leave it out");
      }
    }
  }

  private void checkRoutes() {
    for (Values row : values.find(Settings.ROUTES).orElse(List.of())) {
      require(row, RouteSettings.PATH, "");
    }
  }

  private void require(Values group, Setting<?> setting, String hint) {
    if (!group.isGiven(setting)) {
      String mend = "give " + setting.type().expected() + hint;
      problems.add(group.origin(setting), group.label(setting.key()), "is not set", mend);
    }
  }

  private static boolean isWildcard(String host) {
    return Types.isAddress(host) && InetAddress.ofLiteral(host).isAnyLocalAddress();
  }
}
