package dev.backlane.client.support;

import java.net.http.HttpClient;
import java.time.Duration;

/// Makes HTTP clients for users that bring none. Stateless.
public final class HttpClients {
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);

  private HttpClients() {}

  /// A client that follows no redirects: a token must not be sent to another host. Its threads end
  /// when it is closed, or is no longer used.
  public static HttpClient create() {
    return HttpClient.newBuilder()
        .connectTimeout(CONNECT_TIMEOUT)
        .followRedirects(HttpClient.Redirect.NEVER)
        .build();
  }

  /// Checks a client of the user.
  ///
  /// @throws IllegalArgumentException if it follows redirects
  public static HttpClient checked(HttpClient client) {
    if (client.followRedirects() != HttpClient.Redirect.NEVER) {
      throw new IllegalArgumentException(
          "The HttpClient follows redirects, which would send the access token to other hosts and"
              + " turn a POST into a GET. Build it with followRedirects(HttpClient.Redirect.NEVER).");
    }
    return client;
  }
}
