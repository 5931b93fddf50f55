package dev.backlane.gateway.auth;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.backlane.engine.operation.Caller;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class CallerClaimsTest {
  private final CallerClaims claims = new CallerClaims(IdentityClaims.DEFAULT);

  private static TokenClaims claims(String json) throws InvalidTokenException {
    return TokenClaims.parse(json.getBytes(UTF_8));
  }

  /// Claims in which one has another value.
  private static TokenClaims with(String claim, String json) throws InvalidTokenException {
    var all = new TreeMap<>(Map.of("tenant_id", "\"tenant\"", "sub", "\"user\""));
    all.put("azp".equals(claim) ? "ignored" : "client_id", "\"client\"");
    all.put(claim, json);
    return claims(
        all.entrySet().stream()
            .map(each -> "\"" + each.getKey() + "\":" + each.getValue())
            .collect(Collectors.joining(",", "{", "}")));
  }

  private String tenant(String json) throws InvalidTokenException {
    return claims.caller(with("tenant_id", json)).tenant();
  }

  @ParameterizedTest
  @ValueSource(strings = {"tenant_id", "client_id", "sub"})
  void refusesALongName(String claim) throws Exception {
    var longest = "x".repeat(CallerClaims.NAME_CHARS_MAX);
    assertThat(claims.caller(with(claim, "\"" + longest + "\"")).toString()).contains(longest);
    assertThatThrownBy(() -> claims.caller(with(claim, "\"" + longest + "x\"")))
        .isInstanceOf(InvalidTokenException.class)
        .hasMessage("The token's claim " + claim + " has 256 characters; at most 255 are allowed.");
  }

  @ParameterizedTest
  @ValueSource(strings = {"tenant_id", "client_id", "sub", "azp"})
  void refusesWhatIsNoExactName(String claim) {
    for (var value :
        List.of(
            "\"a\\u0000b\"",
            "\"a\\nb\"",
            "\"a\\ud800b\"",
            "\"a\\u0085b\"",
            "\" a\"",
            "\"a\\u00a0\"",
            "\"\\u3000a\"",
            "\" \"",
            "1.0",
            "1e2",
            "1.5",
            "-1E+2",
            "true",
            "false",
            "[]",
            "[\"a\"]",
            "{}",
            "{\"a\":\"b\"}")) {
      assertThatThrownBy(() -> claims.caller(with(claim, value)))
          .as(claim + ": " + value)
          .isInstanceOf(InvalidTokenException.class)
          .hasMessageContaining("The token's claim " + claim);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "7, 7",
    "-7, -7",
    "2147483648, 2147483648",
    "9007199254740993, 9007199254740993",
    "9223372036854775808, 9223372036854775808",
    "12345678901234567891, 12345678901234567891",
    "'\"007\"', 007",
    "'\"1e2\"', 1e2",
    "'\"1.0\"', 1.0",
    "'\"a b\"', a b",
    "'\"ACME\"', ACME"
  })
  void readsNamesExactly(String json, String name) throws Exception {
    assertThat(tenant(json)).isEqualTo(name);
  }

  @Test
  void doesNotNormalizeNames() throws Exception {
    assertThat(tenant("\"\\u00e9\"")).isNotEqualTo(tenant("\"e\\u0301\""));
    assertThat(tenant("\"\\uff21\"")).isNotEqualTo(tenant("\"A\""));
    assertThat(tenant("\"a\\u200bb\"")).isNotEqualTo(tenant("\"ab\""));
  }

  @Test
  void readsNamesOutsideAscii() throws Exception {
    assertThat(claims.caller(with("tenant_id", "\"Ærø 😀\"")))
        .isEqualTo(new Caller("Ærø 😀", "client", "user"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"null", "\"\""})
  void aMissingNameIsNoName(String missing) throws Exception {
    assertThat(claims.caller(with("client_id", missing)).client()).isEmpty();
    assertThat(claims.caller(with("sub", missing)).subject()).isEmpty();
    assertThatThrownBy(() -> tenant(missing)).hasMessageContaining("tenant_id is missing");
    assertThatThrownBy(() -> claims.caller(claims("{\"tenant_id\":\"t\",\"sub\":" + missing + "}")))
        .hasMessageContaining("names no caller");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "7",
        "[]",
        "null",
        "{\"a\":1,\"a\":2}",
        "{\"a\":1} {}",
        "{\"a\":\"\u0001\"}",
        "{a:1}"
      })
  void refusesClaimsThatAreNoUniqueObject(String json) {
    assertThatThrownBy(() -> claims(json)).isInstanceOf(InvalidTokenException.class);
  }

  @Test
  void refusesBytesThatAreNotUtf8() {
    byte[] json = {'{', '"', 'a', '"', ':', '"', (byte) 0xc3, '"', '}'};
    assertThatThrownBy(() -> TokenClaims.parse(json)).isInstanceOf(InvalidTokenException.class);
  }

  @Test
  void readsNestedClaimsAndLiteralNamesFirst() throws Exception {
    var nested =
        new CallerClaims(
            new IdentityClaims(
                "https://example.com/tenant",
                "ext.app.id",
                "https://example.com/user.id",
                Optional.empty(),
                "",
                List.of("realm_access.roles")));
    var token =
        claims(
            """
            {"https://example.com/tenant":"acme","ext":{"app":{"id":"nested"}},
             "https://example.com/user":{"id":"u"},"https://example":{"com/user":{"id":"no"}},
             "realm_access":{"roles":["erp:read"]},"roles":["erp:delete"]}\
            """);
    assertThat(nested.caller(token)).isEqualTo(new Caller("acme", "nested", "u"));
    assertThat(nested.scopes(token)).containsExactly("erp:read");

    var literal =
        claims(
            """
            {"https://example.com/tenant":"acme","ext.app.id":"literal","ext":{"app":{"id":"no"}}}\
            """);
    assertThat(nested.caller(literal).client()).isEqualTo("literal");
  }

  @Test
  void fixedTenantAndPrefixSeparateIssuers() throws Exception {
    var separate =
        new CallerClaims(
            new IdentityClaims(
                "tenant_id", "client_id", "sub", Optional.of("fixed"), "b/", List.of("scope")));
    assertThat(separate.caller(with("tenant_id", "\"other\"")))
        .isEqualTo(new Caller("fixed", "b/client", "b/user"));
    assertThat(separate.caller(claims("{\"sub\":\"u\"}")))
        .isEqualTo(new Caller("fixed", "", "b/u"));
    assertThatThrownBy(() -> separate.caller(claims("{}"))).hasMessageContaining("no caller");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"scope\":\"a b  c\"} | a,b,c",
        "{\"scp\":[\"a\",7,null,\"b\",\"\"]} | a,b",
        "{\"scope\":\"a\",\"scp\":\"b\"} | a,b",
        "{\"scope\":7} | ''",
        "{\"scope\":{\"a\":1}} | ''",
        "{\"roles\":[\"a\"]} | ''"
      })
  void readsScopes(String json, String scopes) throws Exception {
    var expected = scopes.isEmpty() ? List.<String>of() : List.of(scopes.split(","));
    assertThat(claims.scopes(claims(json))).containsExactlyElementsOf(expected);
  }
}
