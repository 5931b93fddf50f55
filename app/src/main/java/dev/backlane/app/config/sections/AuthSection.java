package dev.backlane.app.config.sections;

import dev.backlane.app.config.reader.Secret;
import dev.backlane.app.config.reader.Section;
import dev.backlane.app.config.reader.Setting;
import dev.backlane.app.config.reader.Types;
import dev.backlane.app.config.reader.ValueType.Many;
import dev.backlane.app.config.reader.ValueType.Scalar;
import dev.backlane.app.config.reader.Values;
import dev.backlane.engine.operation.Ownership;
import dev.backlane.gateway.auth.IntrospectionSettings;
import dev.backlane.gateway.auth.JwtSettings;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/// `auth`: how callers authenticate. Stateless.
public final class AuthSection {
  /// How callers authenticate.
  public sealed interface Mode {}

  /// Callers do not authenticate: every call has the same anonymous caller.
  ///
  /// @param anyHost whether calls may address any host; otherwise loopback hosts only
  public record None(boolean anyHost) implements Mode {}

  /// Callers send bearer tokens that are JWTs (RFC 9068, RFC 7519).
  ///
  /// @param endpoints where callers get them
  public record Jwt(JwtSettings settings, Endpoints endpoints) implements Mode {
    /// Without the endpoints, which `/openapi.json` shows.
    Jwt(JwtSettings settings) {
      this(settings, Endpoints.NONE);
    }
  }

  /// Callers send bearer tokens, which the gateway introspects at their issuer (RFC 7662).
  ///
  /// @param scopePrefix precedes `:read`, `:create`, `:update`, `:delete`; empty: scopes are not
  ///     checked
  /// @param endpoints where callers get the tokens
  public record Introspection(
      IntrospectionSettings settings, String scopePrefix, Endpoints endpoints) implements Mode {}

  /// The endpoints of the issuer at which callers get tokens, for `/openapi.json` only.
  ///
  /// @param token the token endpoint
  /// @param authorization where users sign in
  public record Endpoints(Optional<URI> token, Optional<URI> authorization) {
    static final Endpoints NONE = new Endpoints(Optional.empty(), Optional.empty());
  }

  private static final Pattern SCOPE = Pattern.compile("[!#-\\[\\]-~]*");

  static final Section SECTION = Section.of("How callers authenticate.");

  static final Setting<String> MODE =
      SECTION.add(
          Setting.of(
                  "auth.mode",
                  Types.oneOf(List.of("jwt", "introspection", "none")),
                  "How callers authenticate: jwt, with OAuth 2.0 bearer tokens that are JWTs;"
                      + " introspection, with bearer tokens that the gateway introspects at their"
                      + " issuer (RFC 7662); or none, which requires a loopback address as"
                      + " server.host or auth.allow-insecure.")
              .byDefault("jwt"));
  private static final Setting<Boolean> ALLOW_INSECURE =
      SECTION.add(
          Setting.of(
                  "auth.allow-insecure",
                  Types.bool(),
                  "Allows auth.mode none with an address or a public URL that other machines can"
                      + " reach, and for requests with any Host. Then any client can read and change"
                      + " all operations.")
              .byDefault("false"));
  private static final Setting<String> ISSUER =
      SECTION.add(
          Setting.of(
              "auth.issuer",
              Types.text("the iss claim of the tokens, such as https://login.example.com", "TEXT"),
              "The issuer of the tokens. Required for jwt."));
  private static final Setting<URI> JWKS_URL =
      SECTION.add(
          Setting.of(
              "auth.jwks-url",
              Types.url("https://login.example.com/jwks"),
              "The URL at which the issuer publishes its keys. For jwt, either this or"
                  + " auth.jwks-file."));
  private static final Setting<Path> JWKS_FILE =
      SECTION.add(
          Setting.of(
              "auth.jwks-file",
              Types.path("the path of a file with a JWK set"),
              "A file with the issuer's keys. For jwt, either this or auth.jwks-url."));
  private static final Setting<String> AUDIENCE =
      SECTION.add(
          Setting.of(
              "auth.audience",
              Types.text("an aud claim of the tokens", "TEXT"),
              "The audience of the tokens. Required for jwt."));
  private static final Setting<String> TENANT_CLAIM =
      SECTION.add(
          Setting.of("auth.tenant-claim", claim(), "The claim that names the tenant.")
              .byDefault("tenant_id"));
  private static final Setting<String> CLIENT_CLAIM =
      SECTION.add(
          Setting.of("auth.client-claim", claim(), "The claim that names the client.")
              .byDefault("client_id"));
  private static final Setting<String> SUBJECT_CLAIM =
      SECTION.add(
          Setting.of("auth.subject-claim", claim(), "The claim that names the user.")
              .byDefault("sub"));
  private static final Setting<String> OWNERSHIP =
      SECTION.add(
          Setting.of(
                  "auth.ownership",
                  Types.oneOf(List.of("user", "client", "tenant")),
                  "Who may read, list and cancel an operation besides its caller: user, only the"
                      + " user that started it, or, if its token names no user, callers of the same"
                      + " client; client, all callers of the same client; tenant, all callers of"
                      + " the same tenant. A token whose subject is the client itself names no"
                      + " user. Callers of other tenants never may. Also decides whether an"
                      + " Idempotency-Key is valid for one user or for a client.")
              .byDefault("user"));
  private static final Setting<String> SCOPE_PREFIX =
      SECTION.add(
          Setting.of(
                  "auth.scope-prefix",
                  Types.matching("the part of a scope before :read, or nothing", "TEXT", SCOPE),
                  "The prefix of the scopes that tokens need: PREFIX:read, PREFIX:create,"
                      + " PREFIX:update or PREFIX:delete, depending on the method. If empty, scopes"
                      + " are not checked.")
              .byDefault(""));
  private static final Setting<List<String>> ALGORITHMS =
      SECTION.add(
          Setting.of(
                  "auth.algorithms",
                  new Many<>(
                      Types.oneOf(
                          List.of(
                              "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256",
                              "ES384", "ES512"))),
                  "The signature algorithms that are accepted.")
              .byDefault("RS256,PS256,ES256"));
  private static final Setting<URI> INTROSPECTION_URL =
      SECTION.add(
          Setting.of(
              "auth.introspection-url",
              Types.url("https://login.example.com/introspect"),
              "The introspection endpoint. Required for introspection."));
  private static final Setting<String> INTROSPECTION_CLIENT_ID =
      SECTION.add(
          Setting.of(
              "auth.introspection-client-id",
              Types.text("the gateway's client id", "TEXT"),
              "The gateway's client id at the introspection endpoint. Required for"
                  + " introspection."));
  private static final Setting<Secret> INTROSPECTION_CLIENT_SECRET =
      SECTION.add(
          Setting.of(
              "auth.introspection-client-secret",
              Types.secret("the secret of the gateway's client"),
              "The client's secret. Required for introspection."));

  private static final Setting<URI> TOKEN_URL =
      SECTION.add(
          Setting.of(
              "auth.token-url",
              Types.url("https://login.example.com/token"),
              "The endpoint at which callers get tokens, for the security schemes of /openapi.json."
                  + " The gateway does not call it. If unset, they are described as bearer"
                  + " tokens."));
  private static final Setting<URI> AUTHORIZATION_URL =
      SECTION.add(
          Setting.of(
              "auth.authorization-url",
              Types.url("https://login.example.com/authorize"),
              "The endpoint at which users sign in, for the security schemes of /openapi.json."
                  + " Requires auth.token-url. If unset, tokens of users are not described."));

  private AuthSection() {}

  private static Scalar<String> claim() {
    return Types.text("the name of a claim", "CLAIM");
  }

  static void check(Values values) {
    if (!values.isGiven(TOKEN_URL)) {
      values.refuse(
          AUTHORIZATION_URL,
          "is set without auth.token-url",
          "set auth.token-url, at which users' codes are exchanged for tokens");
    }
    switch (values.find(MODE).orElse("")) {
      case "none" -> checkNone(values);
      case "jwt" -> checkJwt(values);
      case "introspection" -> checkIntrospection(values);
      default -> {} // A wrong mode has been reported.
    }
  }

  private static void checkNone(Values values) {
    boolean insecure = values.find(ALLOW_INSECURE).orElse(true);
    var exposed = ServerSection.firstExposed(values);
    if (exposed.isPresent() && !insecure) {
      values.problem(
          MODE,
          "is none while " + exposed.get() + " is not a loopback address",
          "use jwt, a loopback address such as 127.0.0.1, or set auth.allow-insecure: true");
    }
  }

  private static void checkJwt(Values values) {
    values.require(
        ISSUER, "is not set", " (auth.mode is jwt; to try it on loopback: --auth.mode=none)");
    values.require(AUDIENCE);
    boolean url = values.isGiven(JWKS_URL);
    boolean file = values.isGiven(JWKS_FILE);
    if (url && file) {
      values.problem(
          JWKS_FILE,
          "is set, and so is auth.jwks-url (" + values.place(JWKS_URL) + ")",
          "keep one of the two");
    } else if (!url && !file) {
      values.problem(
          JWKS_URL,
          "is not set, nor is auth.jwks-file",
          "set one of the two to the location of the issuer's keys");
    }
    Optional<Path> keys = values.find(JWKS_FILE);
    if (keys.isPresent() && !Files.isReadable(keys.get())) {
      values.problem(
          JWKS_FILE,
          Values.quote(keys.get().toString()) + " cannot be read",
          "give the path of a file with a JWK set; a relative path is resolved against the working"
              + " directory");
    }
    if (values.find(ALGORITHMS).filter(List::isEmpty).isPresent()) {
      values.problem(
          ALGORITHMS,
          "is empty, so that no token would be accepted",
          "list the algorithms of the issuer, such as RS256");
    }
  }

  private static void checkIntrospection(Values values) {
    for (var setting :
        List.of(INTROSPECTION_URL, INTROSPECTION_CLIENT_ID, INTROSPECTION_CLIENT_SECRET)) {
      values.require(setting, "is not set", " (auth.mode is introspection)");
    }
  }

  static Mode of(Values values) {
    return switch (values.get(MODE)) {
      case "none" -> new None(values.get(ALLOW_INSECURE));
      case "introspection" ->
          new Introspection(
              new IntrospectionSettings(
                  values.get(INTROSPECTION_URL),
                  values.get(INTROSPECTION_CLIENT_ID),
                  values.get(INTROSPECTION_CLIENT_SECRET).value(),
                  values.find(AUDIENCE).orElse(""),
                  claims(values)),
              values.get(SCOPE_PREFIX),
              endpoints(values));
      default ->
          new Jwt(
              new JwtSettings(
                  values.get(ISSUER),
                  values.get(AUDIENCE),
                  keys(values),
                  claims(values),
                  values.get(SCOPE_PREFIX),
                  Set.copyOf(values.get(ALGORITHMS))),
              endpoints(values));
    };
  }

  static Ownership ownership(Values values) {
    return switch (values.get(OWNERSHIP)) {
      case "client" -> Ownership.CLIENT;
      case "tenant" -> Ownership.TENANT;
      default -> Ownership.USER;
    };
  }

  private static Endpoints endpoints(Values values) {
    return new Endpoints(values.find(TOKEN_URL), values.find(AUTHORIZATION_URL));
  }

  private static JwtSettings.Keys keys(Values values) {
    return values
        .find(JWKS_URL)
        .<JwtSettings.Keys>map(JwtSettings.KeysAt::new)
        .orElseGet(() -> new JwtSettings.KeysIn(values.get(JWKS_FILE)));
  }

  private static JwtSettings.Claims claims(Values values) {
    return new JwtSettings.Claims(
        values.get(TENANT_CLAIM), values.get(CLIENT_CLAIM), values.get(SUBJECT_CLAIM));
  }
}
