package dev.backlane.gateway.admin;

import dev.backlane.gateway.webhook.SigningSecret;
import dev.backlane.gateway.webhook.Subscription;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/// Describes a subscription to an operator. Stateless.
final class SubscriptionDocument {
  private SubscriptionDocument() {}

  /// With its secret, which no other response contains.
  static Map<String, Object> withSecret(Subscription subscription) {
    var document = of(subscription);
    document.put("secret", subscription.secrets().getFirst().secret().value());
    return document;
  }

  static Map<String, Object> of(Subscription subscription) {
    var document = new LinkedHashMap<String, Object>();
    document.put("id", subscription.id());
    document.put("tenant", subscription.tenant());
    document.put("client", subscription.client());
    document.put("url", subscription.url().toString());
    document.put("eventTypes", new TreeSet<>(subscription.eventTypes()));
    document.put("source", subscription.configured() ? "configuration" : "api");
    document.put("enabled", subscription.enabled());
    var disabled = subscription.standing().disabled();
    document.put("disabledUtc", disabled.map(Subscription.Disabled::since).orElse(null));
    document.put("disabledReason", disabled.map(Subscription.Disabled::reason).orElse(null));
    document.put("failingSinceUtc", subscription.standing().failingSince().orElse(null));
    document.put("createdUtc", subscription.createdAt().orElse(null));
    document.put(
        "previousSecretExpiresUtc",
        subscription.secrets().stream()
            .map(SigningSecret::expiresAt)
            .flatMap(Optional::stream)
            .max(Instant::compareTo)
            .orElse(null));
    return document;
  }
}
