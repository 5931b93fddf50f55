package dev.backlane.app.config;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// How notifications are sent.
///
/// @param urlInHeader whether a caller may name any URL in the trigger header
/// @param allowCidrs ranges such as `10.1.0.0/16` that are allowed though loopback, private or link-local
/// @param signatureHeader the name of the header with the base64 HMAC-SHA256 of the body
/// @param timeout of one delivery attempt
/// @param deliveries how they are repeated, and how many are made
/// @param defaultSecret signs for callers without a subscription
/// @param tls what https receivers must show, and are shown
public record WebhooksConfig(
    boolean urlInHeader,
    List<String> allowCidrs,
    String signatureHeader,
    Duration timeout,
    Deliveries deliveries,
    Optional<Secret> defaultSecret,
    TlsConfig tls) {
  /// How deliveries are repeated, and how many are made.
  ///
  /// @param retrySchedule the waits before the second attempt, the third, and so on
  /// @param concurrency attempts at the same time
  /// @param concurrencyPerTenant of these, to receivers of one tenant
  /// @param concurrencyPerReceiver of these, to one receiver
  /// @param disableAfter a subscription that fails for so long is disabled; zero: none is
  /// @param rotationOverlap how long an old secret signs beside the new one
  /// @param retention of ended deliveries
  public record Deliveries(
      List<Duration> retrySchedule,
      int concurrency,
      int concurrencyPerTenant,
      int concurrencyPerReceiver,
      Duration disableAfter,
      Duration rotationOverlap,
      Duration retention) {
    public Deliveries {
      retrySchedule = List.copyOf(retrySchedule);
    }
  }

  public WebhooksConfig {
    allowCidrs = List.copyOf(allowCidrs);
  }
}
