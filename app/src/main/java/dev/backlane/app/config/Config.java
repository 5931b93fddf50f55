package dev.backlane.app.config;

import java.time.Duration;
import java.util.List;

/// The whole configuration, read, checked and complete. Immutable; its text shows no secret.
///
/// @param retention how long an ended operation is kept, counted from its receipt
/// @param subscriptions webhook subscriptions besides those managed over the admin API
/// @param routes what the API's owner declares about single paths; the first that matches a call counts
public record Config(
    ServerConfig server,
    UpstreamConfig upstream,
    AuthConfig auth,
    StoreConfig store,
    ExecutionConfig execution,
    LimitsConfig limits,
    Duration retention,
    WebhooksConfig webhooks,
    List<SubscriptionConfig> subscriptions,
    AdminConfig admin,
    List<RouteConfig> routes) {

  public Config {
    subscriptions = List.copyOf(subscriptions);
    routes = List.copyOf(routes);
  }
}
