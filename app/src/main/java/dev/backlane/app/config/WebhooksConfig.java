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
/// @param defaultSecret signs for callers without a subscription
/// @param tls what https receivers must show, and are shown
public record WebhooksConfig(
    boolean urlInHeader,
    List<String> allowCidrs,
    String signatureHeader,
    Duration timeout,
    Optional<Secret> defaultSecret,
    TlsConfig tls) {
  public WebhooksConfig {
    allowCidrs = List.copyOf(allowCidrs);
  }
}
