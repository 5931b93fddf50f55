package dev.backlane.system.hostile;

import static dev.backlane.system.hostile.HostileInput.refused;
import static dev.backlane.system.hostile.HostileInput.request;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JOSEObjectType;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.RSASSASigner;
import com.nimbusds.jose.jwk.RSAKey;
import com.nimbusds.jose.jwk.gen.RSAKeyGenerator;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.PlainJWT;
import com.nimbusds.jwt.SignedJWT;
import com.sun.net.httpserver.HttpServer;
import dev.backlane.system.support.TestGateway;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.text.ParseException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/// Hostile tokens, some with a valid signature of a trusted issuer.
final class HostileTokens implements AutoCloseable {
  /// The issuer that the gateway trusts.
  static final String ISSUER = "https://issuer.example";

  static final String AUDIENCE = "the-api";

  private static final int KEY_BITS = 2048;

  private final RSAKey key = newKey();
  private final HttpServer keys = serve();

  /// The claims of a good token.
  private static Map<String, Object> claims() {
    var claims = new HashMap<String, Object>();
    claims.put("iss", ISSUER);
    claims.put("aud", AUDIENCE);
    claims.put("client_id", "hostile");
    claims.put("tenant_id", "hostile");
    claims.put("sub", "hostile");
    claims.put("scope", String.join(" ", TestGateway.SCOPES));
    claims.put("exp", in(Duration.ofHours(1)));
    return claims;
  }

  /// The URL of the public key.
  String keysUrl() {
    return "http://127.0.0.1:" + keys.getAddress().getPort() + "/";
  }

  private HttpServer serve() {
    byte[] set = ("{\"keys\":[" + key.toPublicJWK().toJSONString() + "]}").getBytes(UTF_8);
    try {
      var server =
          HttpServer.create(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0), 0);
      server.createContext(
          "/",
          exchange -> {
            try (exchange) {
              exchange.sendResponseHeaders(200, set.length);
              exchange.getResponseBody().write(set);
            }
          });
      server.start();
      return server;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    keys.stop(0);
  }

  /// A good token.
  String good(String tenant) {
    return signed(Map.of("tenant_id", tenant, "client_id", tenant, "sub", tenant), "at+jwt");
  }

  List<HostileInput> rows() {
    var rows = new ArrayList<HostileInput>();
    for (var bad : badClaims().entrySet()) {
      rows.add(unauthorized(bad.getKey(), "Bearer " + signed(bad.getValue(), "at+jwt")));
    }
    for (var kind : List.of("refresh_token", "id")) {
      var other = signed(Map.of("token_use", kind), "at+jwt");
      rows.add(unauthorized("claims of another kind: " + kind, "Bearer " + other));
    }
    for (Object odd : List.of(1.5, true, List.of("hostile"), " hostile")) {
      rows.add(
          unauthorized("tenant " + odd, "Bearer " + signed(Map.of("tenant_id", odd), "at+jwt")));
    }
    rows.add(
        refused(
            "token: expired within the tolerance, of a call for later",
            request(
                "GET /for-later",
                "erp-api-background: none",
                "Authorization: Bearer "
                    + signed(Map.of("exp", in(Duration.ofSeconds(-20))), "at+jwt")),
            401,
            "unauthorized"));
    rows.add(unauthorized("an ID token's type", "Bearer " + signed(Map.of(), "id+jwt")));
    rows.add(unauthorized("a logout token's type", "Bearer " + signed(Map.of(), "logout+jwt")));
    rows.add(unauthorized("algorithm none", "Bearer " + new PlainJWT(set(claims())).serialize()));
    rows.add(unauthorized("HMAC with the public key as its secret", "Bearer " + confused()));
    var good = signed(Map.of(), "at+jwt");
    rows.add(
        unauthorized(
            "signature cut off", "Bearer " + good.substring(0, good.lastIndexOf('.') + 1)));
    rows.add(unauthorized("signature of another token", "Bearer " + mixed(good)));
    rows.add(unauthorized("claims changed behind the signature", "Bearer " + changed(good)));
    try (var other = new HostileTokens()) {
      rows.add(unauthorized("another's key", "Bearer " + other.good("hostile")));
    }
    for (String value :
        List.of(
            "Bearer",
            "Bearer ",
            "Bearer a.b.c",
            "Bearer ....",
            "Bearer {}",
            "Basic " + Base64.getEncoder().encodeToString("a:b".getBytes(UTF_8)),
            good,
            "Bearer " + good + "," + good,
            "Bearer " + good + " " + good,
            "Bearer " + good + "\r\nAuthorization: Bearer " + good,
            "Basic eA==\r\nAuthorization: Bearer " + good,
            "Bearer " + "a".repeat(15_000),
            "Bearer " + "eyJhbGciOiJub25lIn0.".repeat(800))) {
      rows.add(unauthorized("header " + shown(value), value));
    }
    rows.add(
        refused(
            "token: 64 KiB, beyond server.headers-max",
            request("GET /v1/background", "Authorization: Bearer " + "a".repeat(64 * 1024)),
            431,
            "invalid-request"));
    rows.add(
        refused(
            "token: too few scopes",
            request(
                "DELETE /v1/background/{id}",
                "Authorization: Bearer "
                    + signed(Map.of("scope", TestGateway.SCOPE_PREFIX + ":read"), "at+jwt")),
            403,
            "forbidden"));
    return rows;
  }

  private static Map<String, Map<String, Object>> badClaims() {
    var rows = new LinkedHashMap<String, Map<String, Object>>();
    rows.put("wrong issuer", Map.of("iss", "https://evil.example"));
    rows.put("issuer in another letter case", Map.of("iss", "https://ISSUER.example"));
    rows.put("wrong audience", Map.of("aud", "another-api"));
    rows.put("audience that contains the expected one", Map.of("aud", AUDIENCE + "-of-others"));
    rows.put("expired", Map.of("exp", in(Duration.ofHours(-1))));
    rows.put("not valid yet", Map.of("nbf", in(Duration.ofHours(1))));
    rows.put("no expiry", Map.of("exp", ""));
    return rows;
  }

  private static HostileInput unauthorized(String name, String value) {
    return refused(
        "token: " + name,
        request("GET /v1/background", "Authorization: " + value),
        401,
        "unauthorized");
  }

  private String signed(Map<String, Object> other, String type) {
    var claims = claims();
    claims.putAll(other);
    claims.values().removeIf(""::equals);
    var header =
        new JWSHeader.Builder(JWSAlgorithm.RS256)
            .keyID(key.getKeyID())
            .type(new JOSEObjectType(type))
            .build();
    try {
      var token = new SignedJWT(header, set(claims));
      token.sign(new RSASSASigner(key));
      return token.serialize();
    } catch (JOSEException e) {
      throw new IllegalStateException(e);
    }
  }

  private String confused() {
    try {
      var header = new JWSHeader.Builder(JWSAlgorithm.HS256).keyID(key.getKeyID()).build();
      var token = new SignedJWT(header, set(claims()));
      token.sign(new MACSigner(key.toRSAPublicKey().getEncoded()));
      return token.serialize();
    } catch (JOSEException e) {
      throw new IllegalStateException(e);
    }
  }

  private String mixed(String good) {
    var other = signed(Map.of("sub", "another"), "at+jwt");
    return good.substring(0, good.lastIndexOf('.')) + other.substring(other.lastIndexOf('.'));
  }

  private static String changed(String good) {
    var parts = good.split("\\.", -1);
    var claims =
        new String(Base64.getUrlDecoder().decode(parts[1]), UTF_8).replace("hostile", "victims");
    return parts[0]
        + "."
        + Base64.getUrlEncoder().withoutPadding().encodeToString(claims.getBytes(UTF_8))
        + "."
        + parts[2];
  }

  private static JWTClaimsSet set(Map<String, Object> claims) {
    try {
      return JWTClaimsSet.parse(claims);
    } catch (ParseException e) {
      throw new IllegalStateException(e);
    }
  }

  private static long in(Duration ahead) {
    return Instant.now().plus(ahead).getEpochSecond();
  }

  private static RSAKey newKey() {
    try {
      return new RSAKeyGenerator(KEY_BITS).keyID("of-the-tests").generate();
    } catch (JOSEException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String shown(String text) {
    return text.length() > 40 ? text.substring(0, 40) : text;
  }
}
