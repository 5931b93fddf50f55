package dev.backlane.client.documented;

import dev.backlane.client.auth.Credentials;
import java.net.URI;
import java.net.http.HttpClient;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Where the API is, and the access token. Thread-safe.
public final class Configuration {
  private volatile String host = "https://api.finance.visma.net";
  private volatile Credentials credentials = Credentials.none();
  private volatile @Nullable HttpClient http;

  /// The address of Visma.net ERP, without an access token.
  public Configuration() {}

  /// The address of the API; that of Visma.net ERP by default.
  public String getHost() {
    return host;
  }

  /// Sets the address of the API, such as `https://api.example.com`.
  ///
  /// @throws IllegalArgumentException if it is not a URI
  public Configuration setHost(String address) {
    URI.create(address);
    host = address;
    return this;
  }

  /// Sets the access token of all requests from now on.
  public Configuration setAccessToken(String token) {
    return setCredentials(Credentials.bearer(token));
  }

  /// Sets the source of access tokens, for example
  /// [client credentials][dev.backlane.client.ClientCredentials].
  public Configuration setCredentials(Credentials source) {
    credentials = source;
    return this;
  }

  /// Sets the client that sends the requests.
  public Configuration setHttpClient(HttpClient client) {
    http = client;
    return this;
  }

  Credentials credentials() {
    return credentials;
  }

  Optional<HttpClient> http() {
    return Optional.ofNullable(http);
  }

  /// The address of the API; never a token.
  @Override
  public String toString() {
    return "Configuration[" + host + "]";
  }
}
