package dev.backlane.app.config;

import java.net.URI;

/// The webhook subscription of one client of one tenant.
///
/// @param tenant empty: of callers without a tenant
/// @param secret signs the notifications
public record SubscriptionConfig(String tenant, String client, URI url, Secret secret) {}
