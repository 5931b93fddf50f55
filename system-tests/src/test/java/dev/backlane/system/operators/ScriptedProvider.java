package dev.backlane.system.operators;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.JWKSet;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import dev.backlane.protocol.Json;
import dev.backlane.system.support.RecordingApi;
import java.net.URI;
import java.time.Instant;
import java.util.Date;
import java.util.List;
import java.util.Map;

/// An OpenID Connect provider with scripted responses, valid or not. Thread-safe.
public final class ScriptedProvider implements AutoCloseable {
  static final String CLIENT_ID = "dashboard";
  public static final String CLIENT_SECRET = "dashboard-Xw7Rk2Np9Vb4Tq6Lz1Hs8";

  private static final String JSON = "Content-Type: application/json";

  private final RecordingApi api = new RecordingApi();
  private final RSAKey key;

  public ScriptedProvider() {
    try {
      key = new RSAKeyGenerator(2048).keyID("of-the-provider").generate();
    } catch (JOSEException e) {
      throw new IllegalStateException("cannot generate an RSA key", e);
    }
    publishesKeysAt(api.url() + "/jwks");
    responds("/jwks", new JWKSet(key.toPublicJWK()).toString());
  }

  /// Flags that make a gateway sign in `ola@example.com` at a provider.
  public static List<String> signInFlags(String issuer) {
    return List.of(
        "--admin.oidc-issuer=" + issuer,
        "--admin.oidc-client-id=" + CLIENT_ID,
        "--admin.oidc-client-secret=" + CLIENT_SECRET,
        "--admin.oidc-values=ola@example.com");
  }

  public URI issuer() {
    return api.url();
  }

  /// Publishes another URL of its keys.
  void publishesKeysAt(String jwksUri) {
    responds(
        "/.well-known/openid-configuration",
        new String(
            Json.bytes(
                Map.of(
                    "issuer",
                    api.url().toString(),
                    "authorization_endpoint",
                    api.url() + "/authorize",
                    "token_endpoint",
                    api.url() + "/token",
                    "jwks_uri",
                    jwksUri,
                    "subject_types_supported",
                    List.of("public"),
                    "response_types_supported",
                    List.of("code"),
                    "id_token_signing_alg_values_supported",
                    List.of("RS256"))),
            UTF_8));
  }

  /// Responds to the next codes with tokens.
  public void issues(String idToken) {
    responds(
        "/token",
        new String(
            Json.bytes(
                Map.of(
                    "access_token",
                    "an-access-token",
                    "token_type",
                    "Bearer",
                    "id_token",
                    idToken)),
            UTF_8));
  }

  /// Responds to the next codes with this document.
  public void respondsToCodesWith(String json) {
    responds("/token", json);
  }

  /// Closes the connection for each code.
  public void breaksConnection() {
    api.on("/token", RecordingApi.breaking());
  }

  private void responds(String path, String json) {
    api.on(path, RecordingApi.responding(200, json, JSON));
  }

  /// The claims of a good ID token of `ola@example.com`.
  public JWTClaimsSet.Builder claims(String nonce) {
    var now = Instant.now();
    return new JWTClaimsSet.Builder()
        .issuer(api.url().toString())
        .audience(CLIENT_ID)
        .subject("user-1")
        .issueTime(Date.from(now))
        .expirationTime(Date.from(now.plusSeconds(60)))
        .claim("nonce", nonce)
        .claim("email", "ola@example.com")
        .claim("email_verified", true);
  }

  public String signed(JWTClaimsSet claims) throws JOSEException {
    return signed(claims, key);
  }

  /// Signs with another key that has the same key id.
  public String forged(JWTClaimsSet claims) throws JOSEException {
    return signed(claims, new RSAKeyGenerator(2048).keyID(key.getKeyID()).generate());
  }

  private static String signed(JWTClaimsSet claims, RSAKey by) throws JOSEException {
    var token =
        new SignedJWT(
            new JWSHeader.Builder(JWSAlgorithm.RS256).keyID(by.getKeyID()).build(), claims);
    token.sign(new RSASSASigner(by));
    return token.serialize();
  }

  /// The encoded public key, which an attacker could use as a shared secret.
  byte[] publicKey() throws JOSEException {
    return key.toRSAPublicKey().getEncoded();
  }

  /// The requests to the token endpoint so far.
  public List<RecordingApi.Received> codes() {
    return api.received("/token");
  }

  @Override
  public void close() {
    api.close();
  }
}
