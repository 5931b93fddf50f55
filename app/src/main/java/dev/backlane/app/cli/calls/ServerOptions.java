package dev.backlane.app.cli.calls;

import dev.backlane.app.cli.usage.HelpOptions;
import dev.backlane.app.wiring.StartException;
import dev.backlane.client.Backlane;
import dev.backlane.client.auth.ClientCredentials;
import dev.backlane.client.auth.Credentials;
import java.io.IOException;
import java.io.PrintWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// The options of every command that sends requests to a gateway: where it is, and the access
/// token. A picocli mixin; each command has its own. An option overrides its variable, which
/// overrides the profile.
final class ServerOptions {
  /// The options that a profile can have.
  static final List<String> NAMES =
      List.of(
          "server",
          "token",
          "token-url",
          "client-id",
          "client-secret",
          "scope",
          "tenant",
          "admin-token");

  /// How long a gateway may be unavailable when a call is submitted. A mistyped address should be
  /// reported soon.
  private static final Duration SUBMIT_MAX = Duration.ofSeconds(10);

  private static final String DEFAULT_SERVER = "http://127.0.0.1:8080";

  private final Map<String, String> environment;

  @Spec(Spec.Target.MIXEE)
  private @Nullable CommandSpec command;

  @Option(
      names = "--server",
      paramLabel = "URL",
      description = "The gateway; also as BACKLANE_SERVER (default: http://127.0.0.1:8080).")
  private @Nullable String server;

  @Option(
      names = "--token",
      paramLabel = "TOKEN",
      description = "The access token, or @FILE; also as BACKLANE_TOKEN.")
  private @Nullable String token;

  @Option(
      names = "--token-url",
      paramLabel = "URL",
      description = "Gets access tokens from this endpoint (client credentials).")
  private @Nullable String tokenUrl;

  @Option(
      names = "--client-id",
      paramLabel = "ID",
      description = "The client at the token endpoint.")
  private @Nullable String clientId;

  @Option(
      names = "--client-secret",
      paramLabel = "@FILE",
      description = "Its secret, or @FILE; also as BACKLANE_CLIENT_SECRET.")
  private @Nullable String clientSecret;

  @Option(names = "--scope", paramLabel = "SCOPES", description = "The scopes of the token.")
  private @Nullable String scope;

  @Option(
      names = "--tenant",
      paramLabel = "TENANT",
      description = "Sent as tenant_id to the token endpoint.")
  private @Nullable String tenant;

  @Option(
      names = "--admin-token",
      paramLabel = "TOKEN",
      description = "The operator's token, or @FILE; also as BACKLANE_ADMIN_TOKEN.")
  private @Nullable String adminToken;

  @Option(
      names = "--profile",
      paramLabel = "NAME",
      description = "Options from ~/.config/backlane/profiles.yaml; also as BACKLANE_PROFILE.")
  private @Nullable String profile;

  @Option(names = "--json", description = "Prints JSON.")
  private boolean json;

  @Mixin
  @SuppressWarnings("UnusedVariable") // Read by picocli.
  private final HelpOptions help = new HelpOptions();

  private @Nullable Map<String, String> profileOptions;

  /// @param environment the variables of the process
  ServerOptions(Map<String, String> environment) {
    this.environment = environment;
  }

  boolean json() {
    return json;
  }

  PrintWriter out() {
    return Objects.requireNonNull(command, "picocli sets it").commandLine().getOut();
  }

  PrintWriter err() {
    return Objects.requireNonNull(command, "picocli sets it").commandLine().getErr();
  }

  /// The given options that another command at the same gateway needs too, without secrets.
  String repeated() {
    return (server == null ? "" : " --server " + server)
        + (profile == null ? "" : " --profile " + profile);
  }

  private Optional<String> value(@Nullable String given, String name) {
    if (given != null) {
      return Optional.of(given);
    }
    var variable = "BACKLANE_" + name.toUpperCase(Locale.ROOT).replace('-', '_');
    return Optional.ofNullable(environment.get(variable))
        .or(() -> Optional.ofNullable(profileOptions().get(name)));
  }

  private Map<String, String> profileOptions() {
    var known = profileOptions;
    if (known == null) {
      var name =
          Optional.ofNullable(profile)
              .or(() -> Optional.ofNullable(environment.get("BACKLANE_PROFILE")));
      known =
          Profiles.read(
              Profiles.file(environment), name, warning -> err().println("backlane: " + warning));
      profileOptions = known;
    }
    return known;
  }

  /// A secret, or the first line of the file that `@FILE` names.
  private Optional<String> secret(@Nullable String given, String name) {
    return value(given, name)
        .map(text -> text.startsWith("@") ? firstLine(Path.of(text.substring(1)), name) : text);
  }

  private static String firstLine(Path file, String name) {
    try {
      return Files.readString(file).lines().findFirst().orElse("").strip();
    } catch (IOException unreadable) {
      throw new StartException("--" + name + ": " + file + " cannot be read", unreadable);
    }
  }

  /// The gateway.
  URI server() {
    // Read first: a profile that is named and missing is an error, also if it is not needed.
    var fromProfile = Optional.ofNullable(profileOptions().get("server"));
    var text = value(server, "server").or(() -> fromProfile).orElse(DEFAULT_SERVER);
    try {
      var uri = URI.create(text);
      if (uri.getHost() != null && String.valueOf(uri.getScheme()).matches("https?")) {
        return uri;
      }
    } catch (IllegalArgumentException malformed) {
      throw new StartException("--server: \"" + text + "\" is not a URL", malformed);
    }
    throw new StartException("--server: \"" + text + "\" is not an http or https URL");
  }

  /// The source of access tokens.
  Credentials credentials() {
    var fixed = secret(token, "token");
    if (fixed.isPresent()) {
      return Credentials.bearer(fixed.get());
    }
    return value(tokenUrl, "token-url")
        .<Credentials>map(this::clientCredentials)
        .orElseGet(Credentials::none);
  }

  private ClientCredentials clientCredentials(String endpoint) {
    var credentials =
        ClientCredentials.at(URI.create(endpoint))
            .client(
                value(clientId, "client-id").orElseThrow(() -> missing("client-id")),
                secret(clientSecret, "client-secret").orElseThrow(() -> missing("client-secret")));
    value(scope, "scope").ifPresent(credentials::scope);
    tenant().ifPresent(text -> credentials.parameter("tenant_id", text));
    return credentials.build();
  }

  private static StartException missing(String name) {
    return new StartException("--token-url also needs --" + name);
  }

  /// The tenant.
  Optional<String> tenant() {
    return value(tenant, "tenant");
  }

  /// The operator's token.
  String adminToken() {
    return secret(adminToken, "admin-token")
        .orElseThrow(() ->
            new StartException(
                "this needs the operator's token: set --admin-token or BACKLANE_ADMIN_TOKEN"));
  }

  /// A client of the gateway.
  Backlane backlane() {
    return client(server());
  }

  /// A client of the server of an absolute URL.
  Backlane backlaneFor(URI url) {
    var root =
        URI.create(url.getScheme() + "://" + Objects.requireNonNullElse(url.getRawAuthority(), ""));
    server = root.toString();
    return client(root);
  }

  private Backlane client(URI at) {
    return Backlane.at(at).credentials(credentials()).timeout(SUBMIT_MAX).build();
  }
}
