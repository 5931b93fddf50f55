package dev.backlane.gateway.webhook;

import dev.backlane.protocol.WebhookSecret;
import java.time.Instant;
import java.util.Optional;

/// A secret that signs notifications, and when it expires.
///
/// @param expiresAt empty: it is the present one, which does not expire, which does not expire
public record SigningSecret(WebhookSecret secret, Optional<Instant> expiresAt) {
  boolean signsAt(Instant now) {
    return expiresAt.isEmpty() || expiresAt.get().isAfter(now);
  }
}
