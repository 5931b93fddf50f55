package dev.backlane.gateway.webhook;

import dev.backlane.protocol.webhook.WebhookSecret;
import java.time.Instant;
import java.util.Optional;

/// A secret that signs notifications, and when it expires.
///
/// @param expiresAt empty: it is the current secret, which does not expire
public record SigningSecret(WebhookSecret secret, Optional<Instant> expiresAt) {
  boolean signsAt(Instant now) {
    return expiresAt.isEmpty() || expiresAt.get().isAfter(now);
  }
}
