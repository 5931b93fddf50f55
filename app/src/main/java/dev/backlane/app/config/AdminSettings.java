package dev.backlane.app.config;

import dev.backlane.app.config.ValueType.Many;
import dev.backlane.app.config.ValueType.Scalar;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;

/// The settings of the admin API and the dashboard.
final class AdminSettings {
  static final Setting<String> TOKEN =
      Setting.of(
              "admin.token",
              new Scalar<>(
                  "a token, or nothing", "SECRET", false, Types.anyText("a token").parser()),
              "The bearer token of /admin/v1 and of the dashboard's sign-in. Empty: both are off.")
          .byDefault("");

  static final Setting<URI> PUBLIC_URL =
      Setting.of(
          "admin.public-url",
          UrlType.ofServer("https://ops.example.com"),
          "The host that operators use, which then serves /admin/v1 and /ui alone, and no other host does. Recommended where"
              + " the upstream serves pages to browsers: those on the dashboard's own host could act as the operator. Left"
              + " out: every host.");
  static final Setting<Path> AUDIT_LOG =
      Setting.of(
          "admin.audit-log",
          Types.path("the path of a file"),
          "Where operators' actions at this node are noted, one line of JSON each, appended. Left out: audit.jsonl in"
              + " store.path; with store.kind postgres or memory, which have no directory, in the log alone.");

  static final Setting<URI> OIDC_ISSUER =
      Setting.of(
          "admin.oidc-issuer",
          UrlType.ofPage("https://login.example.com/realms/ops"),
          "The OpenID Connect provider at which operators sign in to the dashboard; it sends them back to /ui/oidc/callback."
              + " Left out: they sign in with admin.token.");
  static final Setting<String> OIDC_CLIENT_ID =
      Setting.of(
          "admin.oidc-client-id",
          Types.text("the gateway's client id", "TEXT"),
          "The gateway's own client there. Required with the provider.");
  static final Setting<Secret> OIDC_CLIENT_SECRET =
      Setting.of(
          "admin.oidc-client-secret",
          Types.secret("the secret of the gateway's client"),
          "Its secret. Required with the provider.");
  static final Setting<String> OIDC_CLAIM =
      Setting.of(
              "admin.oidc-claim",
              Types.text("the name of a claim", "CLAIM"),
              "The claim of the ID token that tells who is an operator.")
          .byDefault("email");
  static final Setting<List<String>> OIDC_VALUES =
      Setting.of(
              "admin.oidc-values",
              new Many<>(Types.text("a value of the claim", "TEXT")),
              "The claim's values, one of which an operator has. Required with the provider.")
          .byDefault("");

  static final List<Setting<?>> ALL =
      List.of(
          TOKEN,
          PUBLIC_URL,
          AUDIT_LOG,
          OIDC_ISSUER,
          OIDC_CLIENT_ID,
          OIDC_CLIENT_SECRET,
          OIDC_CLAIM,
          OIDC_VALUES);

  /// Tells the problems of settings that each are right by themselves.
  static void check(Values values, Problems problems) {
    if (!values.isGiven(OIDC_ISSUER)) {
      return;
    }
    for (var setting : List.of(OIDC_CLIENT_ID, OIDC_CLIENT_SECRET, OIDC_VALUES)) {
      if (!values.isGiven(setting)) {
        problems.add(
            values.origin(setting),
            setting.key(),
            "is not set, and admin.oidc-issuer is",
            "give " + setting.type().expected());
      }
    }
  }

  private AdminSettings() {}
}
