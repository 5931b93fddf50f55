package dev.backlane.gateway.http.jetty;

import dev.backlane.gateway.http.ListenerSettings;
import java.time.Duration;

/// How slow the client of a call may be.
///
/// @param behindMax how far it may be behind the minimum rate
/// @param bytesPerSecondMin the minimum rate; 0: only silence is limited
/// @param bodyTimeout the longest time for the whole body of a request
record ClientLimits(Duration behindMax, long bytesPerSecondMin, Duration bodyTimeout) {
  static ClientLimits of(ListenerSettings settings) {
    return new ClientLimits(
        settings.requestTimeout(), settings.bytesPerSecondMin(), settings.bodyTimeout());
  }

  /// The rate of one direction of a call.
  MinimumRate pace() {
    return new MinimumRate(bytesPerSecondMin, behindMax);
  }
}
