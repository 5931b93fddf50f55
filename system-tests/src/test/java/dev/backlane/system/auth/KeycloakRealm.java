package dev.backlane.system.auth;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jwt.SignedJWT;
import dev.backlane.system.support.Http;
import dev.backlane.system.support.Http.Response;
import dev.backlane.system.support.TestGateway;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.util.Map;

/// The tests' realm in a Keycloak server. Acts as its clients, its user and its administrator.
/// `keycloak-realm.json` defines them. Immutable, thread-safe.
///
/// @param keycloak the URL at which Keycloak serves
public record KeycloakRealm(HttpClient client, URI keycloak) {
  /// The secret of every client, and the user's password.
  public static final String SECRET = TestGateway.CLIENT_SECRET;

  /// The only user, who signs in with [TestGateway#CLIENT].
  private static final String USER = "kari";

  private static final String FORM = "application/x-www-form-urlencoded";
  private static final String ADMIN = "/admin/realms/" + KeycloakProcess.REALM;

  /// The issuer that tokens name.
  public String issuer() {
    return keycloak + "/realms/" + KeycloakProcess.REALM;
  }

  String endpoint(String name) {
    return issuer() + "/protocol/openid-connect/" + name;
  }

  /// A token of a client that acts for itself.
  SignedJWT tokenOf(String clientId) throws Exception {
    return token(
        endpoint("token"),
        Map.of("grant_type", "client_credentials", "client_id", clientId, "client_secret", SECRET));
  }

  /// A token of [TestGateway#CLIENT] that acts for a user.
  SignedJWT tokenOfAUser() throws Exception {
    return token(
        endpoint("token"),
        Map.of(
            "grant_type",
            "password",
            "client_id",
            TestGateway.CLIENT,
            "client_secret",
            SECRET,
            "username",
            USER,
            "password",
            SECRET));
  }

  /// Revokes a token (RFC 7009).
  void revoke(SignedJWT token) throws Exception {
    var clientId = token.getJWTClaimsSet().getStringClaim("azp");
    var fields = Map.of("client_id", clientId, "client_secret", SECRET, "token", token.serialize());
    assertThat(form(endpoint("revoke"), fields).status()).isEqualTo(200);
  }

  /// Ends all sessions of a user.
  void endSessionsOf(String subject) throws Exception {
    asAdmin("/users/" + subject + "/logout", "", 204);
  }

  /// Adds a key with a higher priority; older keys stay published.
  void addKey() throws Exception {
    asAdmin(
        "/components",
        """
        {
          "name": "newer",
          "providerId": "rsa-generated",
          "providerType": "org.keycloak.keys.KeyProvider",
          "config": { "priority": ["200"] }
        }
        """,
        201);
  }

  private void asAdmin(String path, String json, int status) throws Exception {
    var admin =
        token(
            keycloak + "/realms/master/protocol/openid-connect/token",
            Map.of(
                "grant_type",
                "password",
                "client_id",
                "admin-cli",
                "username",
                KeycloakProcess.ADMIN,
                "password",
                KeycloakProcess.ADMIN_PASSWORD));
    var http = new Http(client, keycloak, admin.serialize());
    var response = http.post(ADMIN + path, json, "Content-Type", "application/json");
    assertThat(response.status()).as(response.text()).isEqualTo(status);
  }

  private SignedJWT token(String url, Map<String, String> fields) throws Exception {
    var response = form(url, fields);
    assertThat(response.status()).as(response.text()).isEqualTo(200);
    return SignedJWT.parse(String.valueOf(response.json().get("access_token")));
  }

  private Response form(String url, Map<String, String> fields)
      throws IOException, InterruptedException {
    var body =
        fields.entrySet().stream()
            .map(field -> field.getKey() + "=" + URLEncoder.encode(field.getValue(), UTF_8))
            .collect(joining("&"));
    return new Http(client, keycloak, "").post(url, body, "Content-Type", FORM);
  }
}
