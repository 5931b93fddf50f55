package dev.backlane.client.auth;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/// Access tokens of the OAuth 2.0 client credentials grant (RFC 6749 section 4.4). A token is kept
/// and used until shortly before it expires; one request at a time asks for a new one. While the
/// token endpoint is away, a token is used until it expires. Thread-safe.
///
/// The client authenticates with HTTP Basic (`client_secret_basic`, RFC 6749 section 2.3.1).
public final class ClientCredentials implements Credentials {
  /// A token is renewed this long before it expires, or at four fifths of its life if that is
  /// later.
  private static final Duration RENEW_BEFORE_MAX = Duration.ofMinutes(1);

  /// How long a failed renewal is not repeated while the old token is valid.
  private static final Duration RENEW_AGAIN = Duration.ofSeconds(5);

  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  private static final URI VISMA_NET = URI.create("https://connect.visma.com/connect/token");
  private static final String VISMA_NET_SCOPES =
      "vismanet_erp_service_api:read vismanet_erp_service_api:create"
          + " vismanet_erp_service_api:update vismanet_erp_service_api:delete";

  private final TokenEndpoint endpoint;
  private final InstantSource clock;
  private final ReentrantLock lock = new ReentrantLock();
  private @Nullable Token current;

  private record Token(String text, Instant renewAt, Instant expiresAt) {
    Token renewAt(Instant time) {
      return new Token(text, time, expiresAt);
    }
  }

  private ClientCredentials(TokenEndpoint endpoint, InstantSource clock) {
    this.endpoint = endpoint;
    this.clock = clock;
  }

  /// Builds credentials that are obtained from a token endpoint.
  public static Builder at(URI tokenUri) {
    return new Builder(tokenUri);
  }

  /// Builds credentials of the documented API, Visma.net ERP: its token endpoint, the four scopes
  /// of `vismanet_erp_service_api`, and the company. Each can be changed.
  ///
  /// @param tenantId the company
  public static Builder vismaNet(String tenantId, String clientId, String clientSecret) {
    return at(VISMA_NET)
        .client(clientId, clientSecret)
        .scope(VISMA_NET_SCOPES)
        .parameter("tenant_id", tenantId);
  }

  /// What the token endpoint needs. For one thread.
  public static final class Builder {
    private final URI tokenUri;
    private final Map<String, String> parameters = new LinkedHashMap<>();
    private @Nullable String clientId;
    private @Nullable String clientSecret;
    private @Nullable HttpClient http;
    private InstantSource clock = InstantSource.system();

    private Builder(URI tokenUri) {
      if (tokenUri.getRawUserInfo() != null) {
        throw new IllegalArgumentException(
            "The address of the token endpoint must not have a password: use client(id, secret).");
      }
      if (tokenUri.getHost() == null) {
        throw new IllegalArgumentException(
            "\""
                + tokenUri
                + "\" is not the address of a token endpoint. Use a URI such as"
                + " https://login.example.com/token.");
      }
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

    /// The client that sends token requests. By default one with a connect timeout of 10 s is
    /// opened for each token, and closed.
    ///
    /// @throws IllegalArgumentException if it follows redirects
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
      var id = Objects.requireNonNull(clientId, "The client is missing: call client(id, secret).");
      var secret =
          Objects.requireNonNull(clientSecret, "The secret is missing: call client(id, secret).");
      return new ClientCredentials(
          new TokenEndpoint(tokenUri, id, secret, new LinkedHashMap<>(parameters), http), clock);
    }
  }

  @Override
  public Optional<String> token() throws IOException, InterruptedException {
    return token(TIMEOUT);
  }

  @Override
  public Optional<String> token(Duration max) throws IOException, InterruptedException {
    long wait = max.compareTo(TIMEOUT) < 0 ? max.toNanos() : TIMEOUT.toNanos();
    long end = System.nanoTime() + wait;
    if (!lock.tryLock(wait, TimeUnit.NANOSECONDS)) {
      throw new CredentialsException("The token endpoint has not responded in time.", true);
    }
    try {
      return Optional.of(valid(Duration.ofNanos(Math.max(1, end - System.nanoTime()))).text());
    } finally {
      lock.unlock();
    }
  }

  private Token valid(Duration max) throws CredentialsException, InterruptedException {
    var token = current;
    var now = clock.instant();
    if (token != null && now.isBefore(token.renewAt())) {
      return token;
    }
    Token renewed;
    try {
      var issued = endpoint.request(max);
      renewed = new Token(issued.token(), now.plus(usable(issued.life())), now.plus(issued.life()));
    } catch (CredentialsException unavailable) {
      if (!unavailable.temporary() || token == null || !now.isBefore(token.expiresAt())) {
        throw unavailable;
      }
      renewed = token.renewAt(now.plus(RENEW_AGAIN));
    }
    current = renewed;
    return renewed;
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

  private static Duration usable(Duration life) {
    var early = life.minus(RENEW_BEFORE_MAX);
    var share = life.multipliedBy(4).dividedBy(5);
    return early.compareTo(share) > 0 ? early : share;
  }

  /// The client and the address of the token endpoint; never the secret.
  @Override
  public String toString() {
    return "ClientCredentials[" + endpoint + "]";
  }
}
