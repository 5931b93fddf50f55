package dev.backlane.client.documented;

import dev.backlane.client.auth.Credentials;
import dev.backlane.client.http.BaseUri;
import dev.backlane.client.http.Limits;
import dev.backlane.client.http.Transport;
import dev.backlane.client.support.HttpClients;
import java.net.URI;
import java.net.http.HttpClient;
import org.jspecify.annotations.Nullable;

/// Where the API is, and the access token. Thread-safe.
///
/// ```java
/// var configuration = new Configuration()
///     .setHost("https://api.example.com")
///     .setAccessToken(token);
/// ```
public final class Configuration {
  private volatile URI host = BaseUri.of("https://api.finance.visma.net");
  private volatile Credentials credentials = Credentials.none();
  private volatile @Nullable HttpClient http;

  /// The address of Visma.net ERP, without an access token.
  public Configuration() {}

  /// The address of the API, without a slash at the end; that of Visma.net ERP by default.
  public String getHost() {
    return host.toString();
  }

  /// Sets the address of the API, such as `https://api.example.com`, with or without a path.
  ///
  /// @throws IllegalArgumentException if it is not an `http` or `https` URI
  public Configuration setHost(String address) {
    host = BaseUri.of(address);
    return this;
  }

  /// Sets the access token of all requests from now on.
  ///
  /// @throws IllegalArgumentException if it is empty
  public Configuration setAccessToken(String token) {
    return setCredentials(Credentials.bearer(token));
  }

  /// Sets the source of access tokens, for example
  /// [client credentials][dev.backlane.client.auth.ClientCredentials#vismaNet].
  public Configuration setCredentials(Credentials source) {
    credentials = source;
    return this;
  }

  /// Sets the client that sends the requests. The default has a connect timeout of 10 s and follows
  /// no redirects.
  ///
  /// @throws IllegalArgumentException if it follows redirects
  public Configuration setHttpClient(HttpClient client) {
    http = HttpClients.checked(client);
    return this;
  }

  Transport transport() {
    return new Transport(host, credentials, http(), Limits.standard());
  }

  private synchronized HttpClient http() {
    var client = http;
    if (client == null) {
      client = HttpClients.create();
      http = client;
    }
    return client;
  }

  /// The address of the API; never a token.
  @Override
  public String toString() {
    return "Configuration[" + host + "]";
  }
}
