package dev.backlane.engine.delivery;

import java.time.Duration;
import java.util.Optional;

/// The result of a delivery attempt, as far as it is known.
public sealed interface DeliveryVerdict {
  /// The receiver responded.
  ///
  /// @param retryAfter the wait in its `Retry-After`, if it has a valid one
  /// @param excerpt the first KiB of its response, as text
  record Responded(int statusCode, Optional<Duration> retryAfter, String excerpt)
      implements DeliveryVerdict {
    private static final int GONE = 410;

    /// Whether the receiver confirmed the delivery.
    public boolean success() {
      return statusCode >= 200 && statusCode < 300;
    }

    /// Whether the receiver responded 410 Gone: it accepts no more deliveries.
    public boolean gone() {
      return statusCode == GONE;
    }
  }

  /// No response was received; the receiver may or may not have received the delivery.
  record NoResponse(String cause) implements DeliveryVerdict {}

  /// The receiver does not exist, and a retry would not help.
  record NoReceiver(String cause) implements DeliveryVerdict {}
}
