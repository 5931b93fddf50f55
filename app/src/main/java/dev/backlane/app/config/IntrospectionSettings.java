package dev.backlane.app.config;

import java.net.URI;
import java.util.List;

/// The settings of asking a token's issuer about it (RFC 7662).
final class IntrospectionSettings {
  static final Setting<URI> URL =
      Setting.of(
          "auth.introspection-url",
          UrlType.ofPage("https://login.example.com/introspect"),
          "Where tokens are asked about. Required for introspection.");
  static final Setting<String> CLIENT_ID =
      Setting.of(
          "auth.introspection-client-id",
          Types.text("the gateway's client id", "TEXT"),
          "The gateway's own client there. Required for introspection.");
  static final Setting<Secret> CLIENT_SECRET =
      Setting.of(
          "auth.introspection-client-secret",
          Types.secret("the secret of the gateway's client"),
          "Its secret. Required for introspection.");

  static final List<Setting<?>> ALL = List.of(URL, CLIENT_ID, CLIENT_SECRET);

  private IntrospectionSettings() {}
}
