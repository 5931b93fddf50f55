package dev.backlane.client.support;

import java.net.http.HttpClient;
import java.time.Duration;

/// The HTTP client of users that bring none. It has no threads while it is idle.
public final class Shared {
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);

  /// Follows no redirects: a token must not be sent to another host.
  public static final HttpClient HTTP =
      HttpClient.newBuilder()
          .connectTimeout(CONNECT_TIMEOUT)
          .followRedirects(HttpClient.Redirect.NEVER)
          .build();

  private Shared() {}
}
