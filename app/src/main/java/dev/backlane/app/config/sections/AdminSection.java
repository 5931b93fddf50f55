package dev.backlane.app.config.sections;

import dev.backlane.app.config.reader.Secret;
import dev.backlane.app.config.reader.Section;
import dev.backlane.app.config.reader.Setting;
import dev.backlane.app.config.reader.Types;
import dev.backlane.app.config.reader.ValueType.Many;
import dev.backlane.app.config.reader.ValueType.Scalar;
import dev.backlane.app.config.reader.Values;
import dev.backlane.gateway.dashboard.OpenIdConnect;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// `admin`: the admin API and the dashboard.
///
/// @param token the bearer token of `/admin/v1` and of the dashboard's sign-in; empty: none is
///     accepted
/// @param open whether the dashboard needs no sign-in
/// @param publicUrl the scheme and host that serve the admin API and the dashboard; empty: every
///     host
/// @param auditLog the file that operators' actions are appended to; empty: the log only
/// @param provider the OpenID Connect provider at which operators sign in; empty: none
public record AdminSection(
    Optional<Secret> token,
    boolean open,
    Optional<URI> publicUrl,
    Optional<Path> auditLog,
    Optional<OpenIdConnect.Settings> provider) {
  static final Section SECTION = Section.of("The admin API and the dashboard.");

  private static final Setting<String> TOKEN =
      SECTION.add(
          Setting.of(
                  "admin.token",
                  new Scalar<>(
                      "a token, or nothing", "SECRET", false, Types.anyText("a token").parser()),
                  "The bearer token of /admin/v1 and of the dashboard's sign-in. If empty, both are"
                      + " off.")
              .byDefault("")
              .reloaded());
  private static final Setting<Boolean> OPEN =
      SECTION.add(
          Setting.of(
                  "admin.open",
                  Types.bool(),
                  "For development: the dashboard needs no sign-in. Requires a loopback address as"
                      + " server.host; every user of this machine can then change operations.")
              .byDefault("false"));
  private static final Setting<URI> PUBLIC_URL =
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
                  "The claim of the ID token that identifies operators; one within another is"
                      + " written with a dot, such as realm_access.roles.")
              .byDefault("email"));
  private static final Setting<List<String>> OIDC_VALUES =
      SECTION.add(
          Setting.of(
                  "admin.oidc-values",
                  new Many<>(Types.text("a value of the claim", "TEXT")),
                  "Users whose claim has one of these values are operators. Required with"
                      + " admin.oidc-issuer.")
              .byDefault(""));

  static void check(Values values) {
    Optional<String> host = values.find(ServerSection.HOST);
    if (values.find(OPEN).orElse(false)
        && host.isPresent()
        && !ServerSection.isLoopback(host.get())) {
      values.problem(
          OPEN,
          "is true while server.host " + Values.quote(host.get()) + " is not a loopback address",
          "listen on 127.0.0.1, or remove it and set admin.token");
    }
    if (values.isGiven(OIDC_ISSUER)) {
      for (var setting : List.of(OIDC_CLIENT_ID, OIDC_CLIENT_SECRET, OIDC_VALUES)) {
        values.require(setting, "is not set, but admin.oidc-issuer is", "");
      }
    }
  }

  static AdminSection of(Values values) {
    return new AdminSection(
        Optional.of(values.get(TOKEN)).filter(token -> !token.isEmpty()).map(Secret::new),
        values.get(OPEN),
        values.find(PUBLIC_URL),
        values
            .find(AUDIT_LOG)
            .or(() -> StoreSection.directory(values).map(path -> path.resolve("audit.jsonl"))),
        values.find(OIDC_ISSUER).map(issuer -> provider(issuer, values)));
  }

  private static OpenIdConnect.Settings provider(URI issuer, Values values) {
    return new OpenIdConnect.Settings(
        issuer,
        values.get(OIDC_CLIENT_ID),
        values.get(OIDC_CLIENT_SECRET).value(),
        values.get(OIDC_CLAIM),
        Set.copyOf(values.get(OIDC_VALUES)));
  }
}
