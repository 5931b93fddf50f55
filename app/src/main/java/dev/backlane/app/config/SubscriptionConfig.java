package dev.backlane.app.config;

import java.net.URI;
import java.util.Set;

/// The webhook subscription of one client of one tenant.
///
/// @param tenant empty: of callers without a tenant
/// @param secret signs the notifications
/// @param eventTypes of what it is told
public record SubscriptionConfig(
    String tenant, String client, URI url, Secret secret, Set<String> eventTypes) {
  public SubscriptionConfig {
    eventTypes = Set.copyOf(eventTypes);
  }
}
