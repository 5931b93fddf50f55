package dev.backlane.system.webhooks;

import java.time.Duration;

/// The webhook settings that several tests share. Constants only.
final class DeliverySettings {
  /// How long an attempt may take.
  static final Duration TIMEOUT = Duration.ofSeconds(2);

  /// The maximum of attempts of a delivery.
  static final int ATTEMPTS = 4;

  /// In YAML: the waits of 100 ms between [#ATTEMPTS] attempts, and [#TIMEOUT].
  static final String YAML =
      """
      webhooks:
        allow-cidrs: [127.0.0.0/8, "::1/128"]
        retry-schedule: [100ms, 100ms, 100ms]
        timeout: %dms
      """
          .formatted(TIMEOUT.toMillis());

  private DeliverySettings() {}
}
