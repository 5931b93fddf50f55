package dev.backlane.app.config.sections;

import dev.backlane.app.config.reader.Secret;
import dev.backlane.app.config.reader.Section;
import dev.backlane.app.config.reader.Setting;
import dev.backlane.app.config.reader.Types;
import dev.backlane.app.config.reader.Values;
import dev.backlane.gateway.credentials.TokenEndpoint;
import java.net.URI;
import java.util.List;
import java.util.Optional;

/// `upstream.credentials` and its settings: what a background call sends to the upstream on behalf
/// of its caller. Stateless.
public final class CredentialsSection {
  /// The credentials of background calls.
  public sealed interface Mode {}

  /// The caller's own token and cookies.
  public record Forward() implements Mode {}

  /// A token of the gateway.
  ///
  /// @param identitySecret signs a header with the caller's identity; empty: no such header
  public record ClientCredentials(TokenEndpoint.Settings tokens, Optional<Secret> identitySecret)
      implements Mode {}

  /// A token exchanged for the caller's token (RFC 8693).
  public record TokenExchange(TokenEndpoint.Settings tokens) implements Mode {}

  /// No credentials.
  ///
  /// @param identitySecret signs a header with the caller's identity; empty: no such header
  public record None(Optional<Secret> identitySecret) implements Mode {}

  /// HS256 requires a key of 32 bytes (RFC 7518 section 3.2).
  private static final int IDENTITY_SECRET_CHARS_MIN = 32;

  /// Continues the section `upstream`.
  static final Section SECTION = Section.withoutHeading();

  private static final Setting<String> CREDENTIALS =
      SECTION.add(
          Setting.of(
                  "upstream.credentials",
                  Types.oneOf(List.of("forward", "client-credentials", "token-exchange", "none")),
                  "What a background call sends to the upstream as credentials: forward, the"
                      + " caller's own token, which must still be valid when the call is sent;"
                      + " client-credentials, a token of the gateway; token-exchange, a token"
                      + " exchanged for the caller's token (RFC 8693); or none. Proxied calls"
                      + " always keep their own credentials.")
              .byDefault("forward"));
  private static final Setting<URI> TOKEN_URL =
      SECTION.add(
          Setting.of(
              "upstream.token-url",
              Types.url("https://login.example.com/token"),
              "The token endpoint. Required for client-credentials and token-exchange."));
  private static final Setting<String> CLIENT_ID =
      SECTION.add(
          Setting.of(
              "upstream.client-id",
              Types.text("the gateway's client id", "TEXT"),
              "The gateway's client id at the token endpoint. Required for client-credentials and"
                  + " token-exchange."));
  private static final Setting<Secret> CLIENT_SECRET =
      SECTION.add(
          Setting.of(
              "upstream.client-secret",
              Types.secret("the secret of the gateway's client"),
              "The client's secret. Required with upstream.client-id."));
  private static final Setting<String> SCOPE =
      SECTION.add(
          Setting.of(
              "upstream.scope",
              Types.text("scopes separated by spaces", "TEXT"),
              "The scopes to request at the token endpoint. If unset, the endpoint's default."));
  private static final Setting<String> AUDIENCE =
      SECTION.add(
          Setting.of(
              "upstream.audience",
              Types.text("an audience", "TEXT"),
              "The audience to request at the token endpoint. If unset, none."));
  private static final Setting<Secret> IDENTITY_SECRET =
      SECTION.add(
          Setting.of(
              "upstream.identity-secret",
              Types.secret("a secret of at least " + IDENTITY_SECRET_CHARS_MIN + " characters"),
              "With client-credentials and none: signs the header Backlane-Identity (a JWT, HS256),"
                  + " which names the caller's tenant, client and user to the upstream. If unset,"
                  + " the header is not sent."));

  private CredentialsSection() {}

  static void check(Values values) {
    String mode = values.find(CREDENTIALS).orElse("");
    if (mode.equals("client-credentials") || mode.equals("token-exchange")) {
      for (var setting : List.of(TOKEN_URL, CLIENT_ID, CLIENT_SECRET)) {
        values.require(setting, "is not set", " (upstream.credentials is " + mode + ")");
      }
    }
    if (values
        .find(IDENTITY_SECRET)
        .filter(secret -> secret.value().length() < IDENTITY_SECRET_CHARS_MIN)
        .isPresent()) {
      values.problem(
          IDENTITY_SECRET,
          "is too short",
          "give at least " + IDENTITY_SECRET_CHARS_MIN + " characters");
    }
  }

  static Mode of(Values values) {
    var identitySecret = values.find(IDENTITY_SECRET);
    return switch (values.get(CREDENTIALS)) {
      case "client-credentials" -> new ClientCredentials(tokens(values), identitySecret);
      case "token-exchange" -> new TokenExchange(tokens(values));
      case "none" -> new None(identitySecret);
      default -> new Forward();
    };
  }

  private static TokenEndpoint.Settings tokens(Values values) {
    return new TokenEndpoint.Settings(
        values.get(TOKEN_URL),
        values.get(CLIENT_ID),
        values.get(CLIENT_SECRET).value(),
        values.find(SCOPE),
        values.find(AUDIENCE));
  }
}
