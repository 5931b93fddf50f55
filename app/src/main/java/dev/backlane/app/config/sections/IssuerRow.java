package dev.backlane.app.config.sections;

import dev.backlane.app.config.reader.Setting;
import dev.backlane.app.config.reader.Types;
import dev.backlane.app.config.reader.ValueType.OneOrMany;
import dev.backlane.app.config.reader.ValueType.Scalar;
import dev.backlane.app.config.reader.ValueType.Table;
import dev.backlane.app.config.reader.Values;
import dev.backlane.gateway.auth.IdentityClaims;
import dev.backlane.gateway.auth.JwtSettings;
import dev.backlane.protocol.url.HttpUrl;
import dev.backlane.protocol.url.InvalidUrlException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/// A row of `auth.issuers`, and what it has in common with `auth` itself. Stateless.
final class IssuerRow {
  private static final Pattern PREFIX_FORM = Pattern.compile("(\\S[^\\p{Cntrl}]{0,63})?");

  static final Setting<String> ISSUER =
      Setting.of(
          "issuer",
          Types.text("the iss claim of the tokens, such as https://login.example.com", "TEXT"),
          "The issuer, exactly as in the iss claim. Required.");
  private static final Setting<URI> JWKS_URL =
      Setting.of(
          "jwks-url",
          Types.url("https://login.example.com/jwks"),
          "As auth.jwks-url, for this issuer.");
  private static final Setting<Path> JWKS_FILE =
      Setting.of(
          "jwks-file",
          Types.path("the path of a file with a JWK set"),
          "As auth.jwks-file, for this issuer.");
  private static final Setting<List<String>> AUDIENCE =
      Setting.of(
          "audience",
          new OneOrMany<>(Types.text("an aud claim of the tokens", "TEXT")),
          "Overrides auth.audience.");
  private static final Setting<String> PREFIX =
      Setting.of(
          "prefix",
          Types.matching("a text of at most 64 characters, or nothing", "TEXT", PREFIX_FORM),
          "Precedes the client and the user of each token, so that they differ from those of other"
              + " issuers with the same name. Required; an empty text if the issuers name the same"
              + " clients and users.");
  private static final Setting<String> TENANT =
      Setting.of(
          "tenant",
          Types.text("the name of a tenant", "TEXT"),
          "The tenant of all tokens of this issuer. If unset, the tenant claim names it, so that"
              + " the issuer can name any tenant.");
  private static final Setting<String> TENANT_CLAIM =
      Setting.of("tenant-claim", claim(), "Overrides auth.tenant-claim.");
  private static final Setting<String> CLIENT_CLAIM =
      Setting.of("client-claim", claim(), "Overrides auth.client-claim.");
  private static final Setting<String> SUBJECT_CLAIM =
      Setting.of("subject-claim", claim(), "Overrides auth.subject-claim.");
  static final Table TABLE =
      new Table(
          List.of(
              ISSUER,
              JWKS_URL,
              JWKS_FILE,
              AUDIENCE,
              PREFIX,
              TENANT,
              TENANT_CLAIM,
              CLIENT_CLAIM,
              SUBJECT_CLAIM));

  private IssuerRow() {}

  static Scalar<String> claim() {
    return Types.text("the name of a claim", "CLAIM");
  }

  /// @param audience whether `auth.audience` is set
  static void check(Values row, boolean audience) {
    row.require(ISSUER);
    row.require(PREFIX);
    if (!audience) {
      requireAudience(row, AUDIENCE);
    }
    checkKeys(row, ISSUER, JWKS_URL, JWKS_FILE);
    if (row.isGiven(TENANT)) {
      row.refuse(TENANT_CLAIM, "is set, and so is tenant", "keep one of the two");
    }
  }

  static void requireAudience(Values values, Setting<List<String>> audience) {
    values.require(audience);
    if (values.find(audience).filter(List::isEmpty).isPresent()) {
      values.problem(
          audience,
          "is empty, so that tokens for other APIs would be accepted",
          "give the aud claim of the tokens for this API");
    }
  }

  static void checkKeys(
      Values values, Setting<String> issuer, Setting<URI> jwksUrl, Setting<Path> jwksFile) {
    if (values.isGiven(jwksUrl)) {
      values.refuse(
          jwksFile,
          "is set, and so is " + jwksUrl.key() + " (" + values.place(jwksUrl) + ")",
          "keep one of the two");
    }
    Optional<String> name = values.find(issuer);
    boolean discovered = !values.isGiven(jwksUrl) && !values.isGiven(jwksFile);
    if (discovered && name.isPresent() && !isUrl(name.get())) {
      values.problem(
          jwksUrl,
          issuer,
          "is not set, and the issuer is not a URL at which it can be discovered",
          "set " + jwksUrl.key() + " or " + jwksFile.key() + " to the location of its keys");
    }
    Optional<Path> keys = values.find(jwksFile);
    if (keys.isPresent() && !Files.isReadable(keys.get())) {
      values.problem(
          jwksFile,
          Values.quote(keys.get().toString()) + " cannot be read",
          "give the path of a file with a JWK set; a relative path is resolved against the working"
              + " directory");
    }
  }

  private static boolean isUrl(String issuer) {
    try {
      return HttpUrl.parse(issuer).uri().getRawQuery() == null;
    } catch (InvalidUrlException malformed) {
      return false;
    }
  }

  /// @param audience that of `auth.audience`
  /// @param general the claims of `auth`
  static JwtSettings.Issuer of(Values row, Set<String> audience, IdentityClaims general) {
    return new JwtSettings.Issuer(
        row.get(ISSUER),
        row.find(AUDIENCE).map(Set::copyOf).orElse(audience),
        keys(row, JWKS_URL, JWKS_FILE),
        new IdentityClaims(
            row.find(TENANT_CLAIM).orElse(general.tenant()),
            row.find(CLIENT_CLAIM).orElse(general.client()),
            row.find(SUBJECT_CLAIM).orElse(general.subject()),
            row.find(TENANT),
            row.get(PREFIX),
            general.scopes()));
  }

  static JwtSettings.Keys keys(Values values, Setting<URI> jwksUrl, Setting<Path> jwksFile) {
    Optional<JwtSettings.Keys> fetched = values.find(jwksUrl).map(JwtSettings.KeysAt::new);
    Optional<JwtSettings.Keys> read = values.find(jwksFile).map(JwtSettings.KeysIn::new);
    return fetched.or(() -> read).orElseGet(JwtSettings.KeysDiscovered::new);
  }
}
