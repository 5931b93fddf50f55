package dev.backlane.app.config;

import java.net.URI;
import java.util.List;

/// The settings of what a stored call shows the upstream of its caller.
final class CredentialSettings {
  /// HS256 asks for a key of 32 bytes (RFC 7518 section 3.2).
  static final int IDENTITY_SECRET_CHARS_MIN = 32;

  static final Setting<String> CREDENTIALS =
      Setting.of(
              "upstream.credentials",
              Types.oneOf(List.of("forward", "client-credentials", "token-exchange", "none")),
              "What a background call shows the upstream: forward, the caller's own token, which must be good until then;"
                  + " client-credentials, a token of the gateway's own; token-exchange, one exchanged for the caller's (RFC"
                  + " 8693); none. Proxied calls always pass on what they came with.")
          .byDefault("forward");
  static final Setting<URI> TOKEN_URL =
      Setting.of(
          "upstream.token-url",
          UrlType.ofPage("https://login.example.com/token"),
          "The token endpoint. Required for client-credentials and token-exchange.");
  static final Setting<String> CLIENT_ID =
      Setting.of(
          "upstream.client-id",
          Types.text("the gateway's client id", "TEXT"),
          "The gateway's own client there. Required for client-credentials and token-exchange.");
  static final Setting<Secret> CLIENT_SECRET =
      Setting.of(
          "upstream.client-secret",
          Types.secret("the secret of the gateway's client"),
          "Its secret. Required with the client.");
  static final Setting<String> SCOPE =
      Setting.of(
          "upstream.scope",
          Types.text("scopes with a space between", "TEXT"),
          "Asked for at the token endpoint. Left out: what it gives by default.");
  static final Setting<String> AUDIENCE =
      Setting.of(
          "upstream.audience",
          Types.text("an audience", "TEXT"),
          "Asked for at the token endpoint. Left out: none.");
  static final Setting<Secret> IDENTITY_SECRET =
      Setting.of(
          "upstream.identity-secret",
          Types.secret("a secret of at least " + IDENTITY_SECRET_CHARS_MIN + " characters"),
          "With client-credentials and none: signs the header Backlane-Identity (a JWT, HS256) that tells the upstream"
              + " tenant, client and user of the caller. Left out: nothing tells.");

  static final List<Setting<?>> ALL =
      List.of(CREDENTIALS, TOKEN_URL, CLIENT_ID, CLIENT_SECRET, SCOPE, AUDIENCE, IDENTITY_SECRET);

  private CredentialSettings() {}
}
