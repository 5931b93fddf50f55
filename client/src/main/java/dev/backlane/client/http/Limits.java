package dev.backlane.client.http;

import java.time.Duration;
import java.time.InstantSource;

/// The limits of the requests of a client.
///
/// @param requestTimeout how long one request may take
/// @param retryFor how long a request is repeated while no usable response arrives
/// @param clock compared with dates in `Retry-After`
public record Limits(Duration requestTimeout, Duration retryFor, InstantSource clock) {
  /// The default of [#requestTimeout].
  public static final Duration REQUEST_TIMEOUT = Duration.ofMinutes(1);

  /// The default of [#retryFor]: longer than a restart of a server.
  public static final Duration RETRY_FOR = Duration.ofMinutes(5);

  /// The defaults.
  public static Limits standard() {
    return new Limits(REQUEST_TIMEOUT, RETRY_FOR, InstantSource.system());
  }
}
