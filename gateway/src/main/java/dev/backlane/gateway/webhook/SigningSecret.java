package dev.backlane.gateway.webhook;

import dev.backlane.protocol.webhook.WebhookSecret;
import java.time.Instant;
import java.util.Optional;

/// A secret that signs notifications, and until when.
///
/// @param expiresAt empty: it is the present one
public record SigningSecret(WebhookSecret secret, Optional<Instant> expiresAt) {
  boolean signsAt(Instant now) {
    return expiresAt.isEmpty() || expiresAt.get().isAfter(now);
  }
}
