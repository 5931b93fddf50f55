package dev.backlane.app.wiring;

import dev.backlane.app.config.sections.Config;
import dev.backlane.engine.execution.Surroundings;
import dev.backlane.engine.notification.DeliveryDispatcher;
import dev.backlane.engine.notification.NotifyingStore;
import dev.backlane.gateway.seal.Seal;
import dev.backlane.gateway.webhook.Notifications;
import dev.backlane.gateway.webhook.ReceiverPolicy;
import dev.backlane.gateway.webhook.Subscriptions;
import dev.backlane.gateway.webhook.WebhookAddresses;
import dev.backlane.gateway.webhook.WebhookClient;
import dev.backlane.gateway.webhook.WebhookSender;
import java.time.Duration;
import java.util.function.Supplier;
import javax.net.ssl.SSLContext;

/// The parts that notify receivers when operations have ended.
///
/// ```text
/// NotifyingStore ─▶ DeliveryStore ◀─ DeliveryDispatcher ─▶ WebhookSender ─▶ WebhookClient
/// ```
///
/// @param store stores the end of an operation together with its delivery
record WebhookWiring(
    WebhookAddresses addresses,
    Subscriptions subscriptions,
    WebhookClient client,
    DeliveryDispatcher dispatcher,
    NotifyingStore store)
    implements AutoCloseable {
  /// How long attempts in flight may continue at the end.
  private static final Duration DRAIN_MAX = Duration.ofSeconds(5);

  static WebhookWiring of(
      Config config, Storage storage, Supplier<SSLContext> tls, Surroundings surroundings) {
    var webhooks = config.webhooks();
    var addresses = new WebhookAddresses(webhooks.allowCidrs());
    var subscriptions = subscriptions(config, storage, surroundings);
    var client =
        new WebhookClient(
            addresses,
            webhooks.timeout(),
            webhooks.deliveries().concurrency(),
            tls,
            "Backlane/" + Version.text(),
            surroundings.clock());
    var messenger =
        new WebhookSender(subscriptions, client, webhooks.signing(), surroundings.clock());
    var dispatcher =
        new DeliveryDispatcher(
            storage.deliveries(), messenger, webhooks.deliveries(), surroundings);
    var store = new NotifyingStore(storage.operations(), new Notifications(), dispatcher::wake);
    return new WebhookWiring(addresses, subscriptions, client, dispatcher, store);
  }

  private static Subscriptions subscriptions(
      Config config, Storage storage, Surroundings surroundings) {
    return new Subscriptions(
        storage.records(),
        new Seal(storage.keys(), "webhook secret"),
        config.subscriptions(),
        surroundings.clock(),
        surroundings.random());
  }

  /// Which receivers a caller may name.
  ReceiverPolicy receivers(boolean urlInHeader) {
    return new ReceiverPolicy(subscriptions, addresses, urlInHeader);
  }

  @Override
  public void close() {
    dispatcher.drain(DRAIN_MAX);
    client.close();
  }
}
