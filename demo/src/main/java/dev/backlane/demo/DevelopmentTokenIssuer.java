package dev.backlane.demo;

import com.nimbusds.jose.util.JSONObjectUtils;
import com.nimbusds.jwt.JWTClaimsSet;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Date;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;
import java.util.stream.Collectors;

/// An OAuth 2.0 authorization server for demos and tests. It issues real tokens over HTTP on
/// loopback to given clients and generates its keys at the start. Not for production: it uses plain
/// HTTP, and its keys are lost when it is closed. Thread-safe.
///
/// - `POST /token`: the client-credentials grant (RFC 6749 section 4.4) with `client_secret_basic`
///   or `client_secret_post`, `tenant_id` and `scope`.
/// - `GET /jwks`: the public keys (RFC 7517).
/// - `GET /.well-known/openid-configuration` and `/.well-known/oauth-authorization-server`: the
///   URLs of the other endpoints (RFC 8414).
public final class DevelopmentTokenIssuer implements AutoCloseable {
  private static final int BODY_BYTES_MAX = 64 * 1024;
  private static final String FORM = "application/x-www-form-urlencoded";

  private final Map<String, RegisteredClient> clients;
  private final String audience;
  private final Duration tokenLifetime;
  private final InstantSource clock;
  private final TokenSigner signer = new TokenSigner();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final HttpServer server;

  /// Starts the issuer on a free port of 127.0.0.1.
  ///
  /// @param clients the clients that may request tokens
  /// @param audience the `aud` of the tokens
  /// @param tokenLifetime how long a token is valid, to the second
  /// @throws UncheckedIOException if it cannot listen
  public DevelopmentTokenIssuer(
      List<RegisteredClient> clients,
      String audience,
      Duration tokenLifetime,
      InstantSource clock) {
    this.clients =
        clients.stream().collect(Collectors.toMap(RegisteredClient::id, Function.identity()));
    this.audience = audience;
    this.tokenLifetime = tokenLifetime;
    this.clock = clock;
    try {
      server = HttpServer.create(new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), 0), 0);
    } catch (IOException taken) {
      threads.close();
      throw new UncheckedIOException("the token issuer cannot listen on 127.0.0.1", taken);
    }
    server.setExecutor(threads);
    serve("/token", "POST", this::respondWithToken);
    serve("/jwks", "GET", exchange -> respond(exchange, 200, signer.publicKeys()));
    serve("/.well-known/openid-configuration", "GET", this::respondWithMetadata);
    serve("/.well-known/oauth-authorization-server", "GET", this::respondWithMetadata);
    server.start();
  }

  /// The `iss` of its tokens, and the base of its endpoints: without a slash at the end.
  public URI issuer() {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort());
  }

  /// The token endpoint.
  public URI tokenEndpoint() {
    return issuer().resolve("/token");
  }

  /// The URL of the public keys.
  public URI jwksUri() {
    return issuer().resolve("/jwks");
  }

  /// Replaces the signing key. Tokens that were signed with the previous key stay valid, older ones
  /// do not.
  public void rotateKeys() {
    signer.rotate();
  }

  /// A token, issued without an HTTP request, such as one of a signed-in user.
  ///
  /// @param subject the user; empty: the token has no `sub`
  public String issue(String client, String tenant, String subject, Set<String> scopes) {
    Instant now = clock.instant();
    var claims =
        new JWTClaimsSet.Builder()
            .issuer(issuer().toString())
            .audience(audience)
            .claim("client_id", client)
            .claim("tenant_id", tenant)
            .claim("scope", String.join(" ", new TreeSet<>(scopes)))
            .issueTime(Date.from(now))
            .notBeforeTime(Date.from(now))
            .expirationTime(Date.from(now.plus(tokenLifetime)))
            .jwtID(UUID.randomUUID().toString());
    if (!subject.isEmpty()) {
      claims.subject(subject);
    }
    return signer.sign(claims.build());
  }

  private void respondWithToken(HttpExchange exchange) throws IOException {
    var headers = exchange.getResponseHeaders();
    // RFC 6749 section 5.1 requires both.
    headers.set("Cache-Control", "no-store");
    headers.set("Pragma", "no-cache");
    try {
      respond(exchange, 200, JSONObjectUtils.toJSONString(grant(read(exchange))));
    } catch (TokenRefusal refusal) {
      if (refusal.status() == 401) {
        headers.set("WWW-Authenticate", "Basic realm=\"token\"");
      }
      respond(exchange, refusal.status(), JSONObjectUtils.toJSONString(refusal.body()));
    }
  }

  private static TokenRequest read(HttpExchange exchange) throws IOException, TokenRefusal {
    String type = String.valueOf(exchange.getRequestHeaders().getFirst("Content-Type"));
    if (!type.split(";", -1)[0].strip().equalsIgnoreCase(FORM)) {
      throw TokenRefusal.of("invalid_request", "the body must be " + FORM);
    }
    byte[] body = exchange.getRequestBody().readNBytes(BODY_BYTES_MAX + 1);
    if (body.length > BODY_BYTES_MAX) {
      throw TokenRefusal.of("invalid_request", "the body is longer than 64 KiB");
    }
    List<String> authorization =
        exchange.getRequestHeaders().getOrDefault("Authorization", List.of());
    if (authorization.size() > 1) {
      throw TokenRefusal.of("invalid_request", "the client authenticated more than once");
    }
    return TokenRequest.read(
        String.join("", authorization), new String(body, StandardCharsets.UTF_8));
  }

  private Map<String, Object> grant(TokenRequest request) throws TokenRefusal {
    RegisteredClient client = clients.get(request.clientId());
    if (client == null || !client.authenticates(request.clientSecret())) {
      throw TokenRefusal.invalidClient("the client is unknown or its secret is wrong");
    }
    String grantType = request.parameter("grant_type");
    if (grantType.isEmpty()) {
      throw TokenRefusal.of("invalid_request", "the parameter grant_type is missing");
    }
    if (!grantType.equals("client_credentials")) {
      throw TokenRefusal.of("unsupported_grant_type", "only client_credentials is supported");
    }
    String tenant = request.parameter("tenant_id");
    if (tenant.isEmpty()) {
      throw TokenRefusal.of("invalid_request", "the parameter tenant_id is missing");
    }
    if (!client.tenants().contains(tenant)) {
      throw TokenRefusal.of("unauthorized_client", "the client is not connected to this tenant");
    }
    Set<String> scopes = scopes(request.parameter("scope"), client);
    // RFC 9068 section 2.2: without a user, the subject is the client.
    String token = issue(client.id(), tenant, client.id(), scopes);
    return Map.of(
        "access_token",
        token,
        "token_type",
        "Bearer",
        "expires_in",
        tokenLifetime.toSeconds(),
        "scope",
        String.join(" ", new TreeSet<>(scopes)));
  }

  private static Set<String> scopes(String requested, RegisteredClient client) throws TokenRefusal {
    if (requested.isBlank()) {
      return client.scopes();
    }
    var scopes = new TreeSet<>(List.of(requested.strip().split(" +")));
    if (!client.scopes().containsAll(scopes)) {
      throw TokenRefusal.of("invalid_scope", "the client may not have all of these scopes");
    }
    return scopes;
  }

  private void respondWithMetadata(HttpExchange exchange) throws IOException {
    Map<String, Object> metadata =
        Map.of(
            "issuer", issuer().toString(),
            "token_endpoint", tokenEndpoint().toString(),
            "jwks_uri", jwksUri().toString(),
            "response_types_supported", List.of(),
            "grant_types_supported", List.of("client_credentials"),
            "token_endpoint_auth_methods_supported",
                List.of("client_secret_basic", "client_secret_post"),
            "scopes_supported",
                clients.values().stream()
                    .flatMap(c -> c.scopes().stream())
                    .sorted()
                    .distinct()
                    .toList());
    respond(exchange, 200, JSONObjectUtils.toJSONString(metadata));
  }

  private void serve(String path, String method, HttpHandler handler) {
    server.createContext(
        path,
        exchange -> {
          try (exchange) {
            if (!exchange.getRequestURI().getPath().equals(path)) {
              exchange.sendResponseHeaders(404, -1);
            } else if (!exchange.getRequestMethod().equals(method)) {
              exchange.getResponseHeaders().set("Allow", method);
              exchange.sendResponseHeaders(405, -1);
            } else {
              handler.handle(exchange);
            }
          }
        });
  }

  private static void respond(HttpExchange exchange, int status, String json) throws IOException {
    byte[] body = json.getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "application/json;charset=UTF-8");
    exchange.sendResponseHeaders(status, body.length);
    exchange.getResponseBody().write(body);
  }

  /// Stops listening.
  @Override
  public void close() {
    server.stop(0);
    threads.close();
  }
}
