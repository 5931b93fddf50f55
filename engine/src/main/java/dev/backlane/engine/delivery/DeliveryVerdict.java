package dev.backlane.engine.delivery;

import java.time.Duration;
import java.util.Optional;

/// What is known after an attempt to deliver.
public sealed interface DeliveryVerdict {
  /// The receiver answered.
  ///
  /// @param retryAfter what it asks to wait
  /// @param excerpt the first KiB of its answer, as text
  record Responded(int statusCode, Optional<Duration> retryAfter, String excerpt)
      implements DeliveryVerdict {
    private static final int GONE = 410;

    /// Tells whether the receiver has said that it has it.
    public boolean success() {
      return statusCode >= 200 && statusCode < 300;
    }

    /// Tells whether the receiver wants no more.
    public boolean gone() {
      return statusCode == GONE;
    }
  }

  /// No answer came; the receiver may have it or not.
  record NoResponse(String cause) implements DeliveryVerdict {}

  /// There is nowhere to send it, and that does not change by itself.
  record NoReceiver(String cause) implements DeliveryVerdict {}
}
