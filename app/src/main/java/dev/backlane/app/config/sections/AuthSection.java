package dev.backlane.app.config.sections;

import dev.backlane.app.config.reader.Secret;
import dev.backlane.app.config.reader.Section;
import dev.backlane.app.config.reader.Setting;
import dev.backlane.app.config.reader.Types;
import dev.backlane.app.config.reader.ValueType.Many;
import dev.backlane.app.config.reader.ValueType.OneOrMany;
import dev.backlane.app.config.reader.Values;
import dev.backlane.engine.operation.Ownership;
import dev.backlane.gateway.auth.IdentityClaims;
import dev.backlane.gateway.auth.IntrospectionSettings;
import dev.backlane.gateway.auth.JwtSettings;
import dev.backlane.gateway.tls.TlsFiles;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
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
  /// @param scopePrefixes precede `:read`, `:create`, `:update`, `:delete`; none: scopes are not
  ///     checked
  /// @param endpoints where callers get them
  public record Jwt(JwtSettings settings, List<String> scopePrefixes, Endpoints endpoints)
      implements Mode {
    /// Without scopes, and without the endpoints, which `/openapi.json` shows.
    Jwt(JwtSettings settings) {
      this(settings, List.of(), Endpoints.NONE);
    }
  }

  /// Callers send bearer tokens, which the gateway introspects at their issuer (RFC 7662).
  ///
  /// @param scopePrefixes as above
  /// @param endpoints where callers get the tokens
  public record Introspection(
      IntrospectionSettings settings, List<String> scopePrefixes, Endpoints endpoints)
      implements Mode {}

  /// What connections to all issuers of tokens have in common, those of the gateway's own tokens
  /// and of operators included.
  ///
  /// @param tls keys and trusted authorities
  /// @param clockTolerance the tolerated difference between their clocks and ours
  public record Issuers(TlsFiles tls, Duration clockTolerance) {}

  /// The endpoints of the issuer at which callers get tokens, for `/openapi.json` only.
  ///
  /// @param token the token endpoint
  /// @param authorization where users sign in
  public record Endpoints(Optional<URI> token, Optional<URI> authorization) {
    static final Endpoints NONE = new Endpoints(Optional.empty(), Optional.empty());
  }

  private static final Pattern SCOPE = Pattern.compile("[!#-\\[\\]-~]+");

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
              "The issuer of the tokens, exactly as in their iss claim. Required for jwt, unless"
                  + " auth.issuers has all issuers. With introspection, the iss that responses must"
                  + " have if they have one."));
  private static final Setting<URI> JWKS_URL =
      SECTION.add(
          Setting.of(
              "auth.jwks-url",
              Types.url("https://login.example.com/jwks"),
              "The URL at which the issuer publishes its keys. If neither this nor auth.jwks-file"
                  + " is set, it is discovered from the metadata of auth.issuer (OpenID Connect"
                  + " Discovery, RFC 8414)."));
  private static final Setting<Path> JWKS_FILE =
      SECTION.add(
          Setting.of(
              "auth.jwks-file",
              Types.path("the path of a file with a JWK set"),
              "A file with the issuer's keys, instead of auth.jwks-url."));
  private static final Setting<List<String>> AUDIENCE =
      SECTION.add(
          Setting.of(
              "auth.audience",
              new OneOrMany<>(Types.text("an aud claim of the tokens", "TEXT")),
              "The audience of the tokens: one, or a list of which a token must have one. Required,"
                  + " except with auth.any-audience."));
  private static final Setting<Boolean> ANY_AUDIENCE =
      SECTION.add(
          Setting.of(
                  "auth.any-audience",
                  Types.bool(),
                  "With introspection, accepts tokens for every API of the issuer. Only for an"
                      + " issuer whose introspection responses have no aud, and that has no other"
                      + " APIs.")
              .byDefault("false"));
  private static final Setting<String> TENANT_CLAIM =
      SECTION.add(
          Setting.of(
                  "auth.tenant-claim",
                  IssuerRow.claim(),
                  "The claim that names the tenant. Here and in the settings below, a claim within"
                      + " another is written with a dot, such as ext.tenant_id; a claim with exactly"
                      + " that name has precedence.")
              .byDefault("tenant_id"));
  private static final Setting<String> CLIENT_CLAIM =
      SECTION.add(
          Setting.of(
                  "auth.client-claim",
                  IssuerRow.claim(),
                  "The claim that names the client. If a token lacks it, azp.")
              .byDefault("client_id"));
  private static final Setting<String> SUBJECT_CLAIM =
      SECTION.add(
          Setting.of("auth.subject-claim", IssuerRow.claim(), "The claim that names the user.")
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
  private static final Setting<List<String>> SCOPE_PREFIX =
      SECTION.add(
          Setting.of(
                  "auth.scope-prefix",
                  new OneOrMany<>(
                      Types.matching("the part of a scope before :read", "TEXT", SCOPE)),
                  "The prefix of the scopes that tokens need: PREFIX:read, PREFIX:create,"
                      + " PREFIX:update or PREFIX:delete, depending on the method. If it is a list,"
                      + " the scope with any of the prefixes suffices. If empty, scopes are not"
                      + " checked.")
              .byDefault(""));
  private static final Setting<List<String>> SCOPE_CLAIMS =
      SECTION.add(
          Setting.of(
                  "auth.scope-claims",
                  new OneOrMany<>(IssuerRow.claim()),
                  "The claims that hold scopes, such as roles or realm_access.roles; each a text"
                      + " with spaces or a list. The scopes of all of them count.")
              .byDefault("scope,scp"));
  private static final Setting<Duration> CLOCK_TOLERANCE =
      SECTION.add(
          Setting.of(
                  "auth.clock-tolerance",
                  Types.duration(Duration.ZERO, Duration.ofMinutes(10)),
                  "The tolerated difference between the clocks of issuers and of this machine, for"
                      + " exp and nbf. A background call whose token is sent to the upstream must"
                      + " not have expired by this machine's clock.")
              .byDefault("60s"));

  private static final Setting<List<Values>> ISSUERS =
      SECTION.add(
          Setting.of(
                  "auth.issuers",
                  IssuerRow.TABLE,
                  "Further issuers of tokens for jwt, each with its own keys.")
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

  private static final Setting<Integer> INTROSPECTION_CONCURRENCY =
      SECTION.add(
          Setting.of(
                  "auth.introspection-concurrency",
                  Types.wholeNumber(1, 1_000),
                  "The most introspections at the same time. A call that waits longer than 5 s for"
                      + " one gets 503.")
              .byDefault("32"));
  private static final TlsSection TLS =
      TlsSection.ofClient(
          SECTION,
          "auth",
          "issuers: keys, metadata, introspection, upstream.token-url and admin.oidc-issuer");
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

  static void check(Values values) {
    TLS.check(values);
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
    List<Values> rows = values.find(ISSUERS).orElse(List.of());
    if (values.isGiven(ISSUER) || rows.isEmpty()) {
      values.require(
          ISSUER, "is not set", " (auth.mode is jwt; to try it on loopback: --auth.mode=none)");
      IssuerRow.requireAudience(values, AUDIENCE);
      IssuerRow.checkKeys(values, ISSUER, JWKS_URL, JWKS_FILE);
    } else {
      for (var keys : List.of(JWKS_URL, JWKS_FILE)) {
        values.refuse(keys, "is set without auth.issuer", "set it in the row of auth.issuers");
      }
    }
    boolean audience = values.find(AUDIENCE).filter(each -> !each.isEmpty()).isPresent();
    rows.forEach(row -> IssuerRow.check(row, audience));
    checkDistinct(values, rows);
    if (values.find(ALGORITHMS).filter(List::isEmpty).isPresent()) {
      values.problem(
          ALGORITHMS,
          "is empty, so that no token would be accepted",
          "list the algorithms of the issuer, such as RS256");
    }
    refuseUnused(
        values,
        "jwt",
        INTROSPECTION_URL,
        INTROSPECTION_CLIENT_ID,
        INTROSPECTION_CLIENT_SECRET,
        INTROSPECTION_CONCURRENCY,
        ANY_AUDIENCE);
  }

  private static void checkDistinct(Values values, List<Values> rows) {
    var names = new HashSet<String>();
    values.find(ISSUER).ifPresent(names::add);
    for (var row : rows) {
      Optional<String> name = row.find(IssuerRow.ISSUER);
      if (name.isPresent() && !names.add(name.get())) {
        row.problem(IssuerRow.ISSUER, "is given twice", "keep one of them");
      }
    }
  }

  private static void checkIntrospection(Values values) {
    for (var setting :
        List.of(INTROSPECTION_URL, INTROSPECTION_CLIENT_ID, INTROSPECTION_CLIENT_SECRET)) {
      values.require(setting, "is not set", " (auth.mode is introspection)");
    }
    boolean anyAudience = values.find(ANY_AUDIENCE).orElse(true);
    boolean audience =
        values.isGiven(AUDIENCE) && !values.find(AUDIENCE).equals(Optional.of(List.of()));
    if (!audience && !anyAudience) {
      values.problem(
          AUDIENCE,
          "is not set, so that tokens for other APIs would be accepted",
          "give the aud of this API's tokens; if the introspection responses have none, set"
              + " auth.any-audience: true");
    } else if (audience && anyAudience) {
      values.refuse(ANY_AUDIENCE, "is true, and auth.audience is set", "keep one of the two");
    }
    refuseUnused(values, "introspection", JWKS_URL, JWKS_FILE, ALGORITHMS, ISSUERS);
  }

  private static void refuseUnused(Values values, String mode, Setting<?>... unused) {
    for (var setting : unused) {
      values.refuse(
          setting,
          "is set, but is not used with auth.mode " + mode,
          "remove it, or change the mode");
    }
  }

  static Mode of(Values values) {
    return switch (values.get(MODE)) {
      case "none" -> new None(values.get(ALLOW_INSECURE));
      case "introspection" -> introspection(values);
      default ->
          new Jwt(
              new JwtSettings(
                  issuers(values), Set.copyOf(values.get(ALGORITHMS)), values.get(CLOCK_TOLERANCE)),
              values.get(SCOPE_PREFIX),
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

  private static Introspection introspection(Values values) {
    return new Introspection(
        new IntrospectionSettings(
            values.get(INTROSPECTION_URL),
            values.get(INTROSPECTION_CLIENT_ID),
            values.get(INTROSPECTION_CLIENT_SECRET).value(),
            values.get(INTROSPECTION_CONCURRENCY),
            new IntrospectionSettings.Expected(
                values.find(ISSUER),
                Set.copyOf(values.find(AUDIENCE).orElse(List.of())),
                claims(values),
                values.get(CLOCK_TOLERANCE))),
        values.get(SCOPE_PREFIX),
        endpoints(values));
  }

  static Issuers issuersOf(Values values) {
    return new Issuers(TLS.files(values), values.get(CLOCK_TOLERANCE));
  }

  private static List<JwtSettings.Issuer> issuers(Values values) {
    var issuers = new ArrayList<JwtSettings.Issuer>();
    values
        .find(ISSUER)
        .ifPresent(name ->
            issuers.add(
                new JwtSettings.Issuer(
                    name,
                    Set.copyOf(values.get(AUDIENCE)),
                    IssuerRow.keys(values, JWKS_URL, JWKS_FILE),
                    claims(values))));
    for (var row : values.get(ISSUERS)) {
      var audience = Set.copyOf(values.find(AUDIENCE).orElse(List.of()));
      issuers.add(IssuerRow.of(row, audience, claims(values)));
    }
    return issuers;
  }

  private static Endpoints endpoints(Values values) {
    return new Endpoints(values.find(TOKEN_URL), values.find(AUTHORIZATION_URL));
  }

  private static IdentityClaims claims(Values values) {
    return new IdentityClaims(
        values.get(TENANT_CLAIM),
        values.get(CLIENT_CLAIM),
        values.get(SUBJECT_CLAIM),
        Optional.empty(),
        "",
        values.get(SCOPE_CLAIMS));
  }
}
