package dev.backlane.app.config.sections;

import static org.assertj.core.api.Assertions.assertThat;

import dev.backlane.app.config.reader.ConfigSources;
import dev.backlane.app.config.reader.ConfigSources.Flag;
import dev.backlane.app.config.reader.InvalidConfigException;
import dev.backlane.gateway.auth.IdentityClaims;
import dev.backlane.gateway.auth.JwtSettings;
import dev.backlane.gateway.auth.JwtSettings.Issuer;
import dev.backlane.gateway.auth.JwtSettings.KeysAt;
import dev.backlane.gateway.auth.JwtSettings.KeysDiscovered;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class AuthSettingsTest {
  private static final String INTROSPECTION =
      "mode: introspection, introspection-url: 'http://i/i', introspection-client-id: g,"
          + " introspection-client-secret: s";

  @TempDir private Path folder;

  private Config read(String auth, Flag... flags) throws IOException, InvalidConfigException {
    Path file = folder.resolve("backlane.yaml");
    Files.writeString(file, "upstream: { url: 'http://a' }\nauth: {" + auth + "}\n");
    return Config.read(new ConfigSources(Optional.of(file), Map.of(), List.of(flags)));
  }

  private List<String> problems(String auth) throws IOException {
    try {
      read(auth);
      return List.of();
    } catch (InvalidConfigException invalid) {
      return invalid.lines();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "scope-prefix: a | a",
        "scope-prefix: [a, b] | a,b",
        "scope-prefix: [] | ''",
        "scope-prefix: '' | ''",
        "mode: jwt | ''"
      })
  void readsOneOrSeveralScopePrefixes(String setting, String prefixes) throws Exception {
    var auth = "issuer: 'http://i', audience: a, " + setting.replace('`', '\'');
    var expected = prefixes.isEmpty() ? List.<String>of() : List.of(prefixes.split(","));
    assertThat(((AuthSection.Jwt) read(auth).auth()).scopePrefixes()).isEqualTo(expected);
    assertThat(
            ((AuthSection.Jwt)
                    read(
                            "issuer: 'http://i', audience: a",
                            new Flag("--auth.scope-prefix", prefixes))
                        .auth())
                .scopePrefixes())
        .isEqualTo(expected);
  }

  @Test
  void discoversKeysOfAnIssuerThatIsAUrl() throws Exception {
    var auth = (AuthSection.Jwt) read("issuer: 'https://i.example/a', audience: [a, b]").auth();
    assertThat(auth.settings().issuers())
        .containsExactly(
            new Issuer(
                "https://i.example/a",
                Set.of("a", "b"),
                new KeysDiscovered(),
                IdentityClaims.DEFAULT));
    assertThat(problems("issuer: plain, audience: a"))
        .singleElement()
        .asString()
        .contains("auth.jwks-url: is not set, and the issuer is not a URL");
  }

  @Test
  void readsSeveralIssuersWithTheirOwnKeysAndNames() throws Exception {
    var auth =
        (AuthSection.Jwt)
            read("""
            issuer: 'http://i', jwks-url: 'http://i/k', audience: a, scope-claims: roles,
              clock-tolerance: 5s, issuers: [
                { issuer: 'http://j', prefix: '', audience: [b] },
                { issuer: k, jwks-url: 'http://k/k', prefix: 'k/', tenant: acme,
                  client-claim: cid, subject-claim: ext.uid } ]\
            """)
                .auth();
    var scopes = List.of("roles");
    var none = Optional.<String>empty();
    assertThat(auth.settings())
        .isEqualTo(
            new JwtSettings(
                List.of(
                    new Issuer(
                        "http://i",
                        Set.of("a"),
                        new KeysAt(URI.create("http://i/k")),
                        new IdentityClaims("tenant_id", "client_id", "sub", none, "", scopes)),
                    new Issuer(
                        "http://j",
                        Set.of("b"),
                        new KeysDiscovered(),
                        new IdentityClaims("tenant_id", "client_id", "sub", none, "", scopes)),
                    new Issuer(
                        "k",
                        Set.of("a"),
                        new KeysAt(URI.create("http://k/k")),
                        new IdentityClaims(
                            "tenant_id", "cid", "ext.uid", Optional.of("acme"), "k/", scopes))),
                Set.of("RS256", "PS256", "ES256"),
                Duration.ofSeconds(5)));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "issuers: [{issuer: 'http://j', audience: a}] | auth.issuers[0].prefix: is not set",
        "issuers: [{issuer: 'http://j', prefix: ''}] | auth.issuers[0].audience: is not set",
        "issuers: [{issuer: j, prefix: '', audience: a}] | auth.issuers[0].jwks-url: is not set, and",
        "audience: a, issuers: [{prefix: '', jwks-url: 'http://j'}] | [0].issuer: is not set",
        "issuers: [{issuer: 'http://j', audience: a, prefix: '', jwks-url: 'http://j/', jwks-file: x}] | jwks-file",
        "issuers: [{issuer: 'http://j', audience: a, prefix: '', tenant: t, tenant-claim: c}] | tenant-claim: is set",
        "issuer: 'http://i', audience: a, issuers: [{issuer: 'http://i', prefix: ''}] | is given twice",
        "jwks-url: 'http://x', issuers: [{issuer: 'http://i', audience: a, prefix: ''}] | without auth.issuer",
        "issuer: 'http://i', audience: [] | auth.audience: is empty",
        "issuer: 'http://i', audience: a, any-audience: true | auth.any-audience: is set, but is not used",
        "issuer: 'http://i', audience: a, introspection-url: 'http://i' | auth.introspection-url: is set, but is not used"
      })
  void refusesWhatIsMissingOrNotUsed(String auth, String problem) throws Exception {
    assertThat(problems(auth)).anySatisfy(each -> assertThat(each).contains(problem));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'' | auth.audience: is not set, so that tokens for other APIs would be accepted",
        "', audience: []' | auth.audience: is not set",
        "', audience: a, any-audience: true' | auth.any-audience: is true, and",
        "', audience: a, jwks-url: \"http://i\"' | auth.jwks-url: is set, but is not used",
        "', audience: a, algorithms: [RS256]' | auth.algorithms: is set, but is not used",
        "', audience: a, issuers: [{issuer: \"http://j\", prefix: \"\"}]' | auth.issuers: is set, but"
      })
  void introspectionRefusesWhatItDoesNotUse(String more, String problem) throws Exception {
    assertThat(problems(INTROSPECTION + more)).singleElement().asString().contains(problem);
  }

  @Test
  void introspectionUsesIssuerAudienceAndTolerance() throws Exception {
    var auth =
        (AuthSection.Introspection)
            read(INTROSPECTION + ", issuer: i, audience: [a, b], clock-tolerance: 0s").auth();
    assertThat(auth.settings().expected().issuer()).contains("i");
    assertThat(auth.settings().expected().audiences()).containsExactlyInAnyOrder("a", "b");
    assertThat(auth.settings().expected().tolerance()).isZero();
    assertThat(auth.settings().concurrency()).isEqualTo(32);

    var any = (AuthSection.Introspection) read(INTROSPECTION + ", any-audience: true").auth();
    assertThat(any.settings().expected().audiences()).isEmpty();
  }

  @Test
  void readsTheAuthoritiesOfIssuers() throws Exception {
    var issuers = read("issuer: 'https://i', audience: a, tls-ca: ca.pem").issuers();
    assertThat(issuers.tls().authorities()).contains(Path.of("ca.pem"));
  }
}
