package dev.backlane.client.auth;

import dev.backlane.client.support.Documents;
import dev.backlane.client.support.Shared;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Access tokens of the OAuth 2.0 client credentials grant (RFC 6749 section 4.4). A token is kept
/// and used until shortly before it expires; one request at a time asks for a new one. Thread-safe.
///
/// The client authenticates with HTTP Basic (`client_secret_basic`, RFC 6749 section 2.3.1).
public final class ClientCredentials implements Credentials {
  /// A token is renewed this long before it expires, or at four fifths of its life if that is
  /// later.
  private static final Duration RENEW_BEFORE_MAX = Duration.ofMinutes(1);

  /// The life of a token if the server does not say (RFC 6749 section 5.1 recommends that it does).
  private static final Duration LIFE_UNSAID = Duration.ofMinutes(5);

  private static final Duration TIMEOUT = Duration.ofSeconds(30);
  private static final int OK = 200;

  private final URI tokenUri;
  private final String clientId;
  private final String clientSecret;
  private final Map<String, String> parameters;
  private final HttpClient http;
  private final InstantSource clock;
  private final ReentrantLock lock = new ReentrantLock();
  private @Nullable Token current;

  private record Token(String text, Instant renewAt) {}

  private ClientCredentials(Builder builder) {
    this.tokenUri = builder.tokenUri;
    this.clientId = Objects.requireNonNull(builder.clientId, "clientId is missing");
    this.clientSecret = Objects.requireNonNull(builder.clientSecret, "clientSecret is missing");
    this.parameters = new LinkedHashMap<>(builder.parameters);
    this.http = builder.http;
    this.clock = builder.clock;
  }

  /// Builds credentials that are obtained from a token endpoint.
  public static Builder at(URI tokenUri) {
    return new Builder(tokenUri);
  }

  /// What the token endpoint needs. For one thread.
  public static final class Builder {
    private final URI tokenUri;
    private final Map<String, String> parameters = new LinkedHashMap<>();
    private @Nullable String clientId;
    private @Nullable String clientSecret;
    private HttpClient http = Shared.HTTP;
    private InstantSource clock = InstantSource.system();

    private Builder(URI tokenUri) {
      this.tokenUri = tokenUri;
    }

    /// Identifies the client.
    public Builder client(String id, String secret) {
      clientId = id;
      clientSecret = secret;
      return this;
    }

    /// The scopes to request, separated by spaces.
    public Builder scope(String scope) {
      return parameter("scope", scope);
    }

    /// A further parameter of the token request, such as `tenant_id` or `audience`.
    public Builder parameter(String name, String value) {
      parameters.put(name, value);
      return this;
    }

    /// The client that sends token requests; the default has a connect timeout of 10 s and follows
    /// no redirects.
    public Builder httpClient(HttpClient client) {
      http = client;
      return this;
    }

    /// The clock that decides when a token expires; the system's by default.
    public Builder clock(InstantSource source) {
      clock = source;
      return this;
    }

    /// @throws NullPointerException if the client is missing
    public ClientCredentials build() {
      return new ClientCredentials(this);
    }
  }

  @Override
  public Optional<String> token() throws IOException, InterruptedException {
    lock.lockInterruptibly();
    try {
      var token = current;
      if (token == null || !clock.instant().isBefore(token.renewAt())) {
        token = request();
        current = token;
      }
      return Optional.of(token.text());
    } finally {
      lock.unlock();
    }
  }

  @Override
  public boolean refused(String token) {
    lock.lock();
    try {
      if (current != null && current.text().equals(token)) {
        current = null;
      }
      return true;
    } finally {
      lock.unlock();
    }
  }

  private Token request() throws IOException, InterruptedException {
    var form = new LinkedHashMap<String, String>();
    form.put("grant_type", "client_credentials");
    form.putAll(parameters);
    var request =
        HttpRequest.newBuilder(tokenUri)
            .timeout(TIMEOUT)
            .header("Content-Type", "application/x-www-form-urlencoded")
            .header("Accept", "application/json")
            .header("Authorization", "Basic " + basic())
            .POST(BodyPublishers.ofString(encoded(form)))
            .build();
    var requestedAt = clock.instant();
    var response = http.send(request, BodyHandlers.ofByteArray());
    if (response.statusCode() != OK) {
      throw new IOException(
          "The token endpoint "
              + tokenUri
              + " responded with "
              + response.statusCode()
              + error(response.body())
              + ". Check the client's id, secret and scopes.");
    }
    var json = Documents.tree(response.body());
    var text =
        Documents.text(json, "access_token")
            .orElseThrow(() ->
                new IOException(
                    "The response of the token endpoint " + tokenUri + " has no access_token."));
    long seconds = json.path("expires_in").asLong(LIFE_UNSAID.toSeconds());
    return new Token(text, requestedAt.plus(usable(Duration.ofSeconds(Math.max(0, seconds)))));
  }

  private static Duration usable(Duration life) {
    var early = life.minus(RENEW_BEFORE_MAX);
    var share = life.multipliedBy(4).dividedBy(5);
    return early.compareTo(share) > 0 ? early : share;
  }

  /// The error code of the response (RFC 6749 section 5.2), which holds no secret.
  private static String error(byte[] body) {
    try {
      return Documents.text(Documents.tree(body), "error")
          .map(code -> " (" + code + ")")
          .orElse("");
    } catch (IOException another) {
      return "";
    }
  }

  private String basic() {
    var pair = encoded(clientId) + ":" + encoded(clientSecret);
    return Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8));
  }

  private static String encoded(Map<String, String> form) {
    return form.entrySet().stream()
        .map(each -> encoded(each.getKey()) + "=" + encoded(each.getValue()))
        .collect(Collectors.joining("&"));
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  @Override
  public String toString() {
    return "ClientCredentials[" + clientId + " at " + tokenUri + "]";
  }
}
