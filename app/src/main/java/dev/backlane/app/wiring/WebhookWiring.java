package dev.backlane.app.wiring;

import dev.backlane.app.config.sections.Config;
import dev.backlane.engine.background.Threads;
import dev.backlane.engine.notification.DeliveryDispatcher;
import dev.backlane.engine.notification.EndNotifications;
import dev.backlane.gateway.seal.Seal;
import dev.backlane.gateway.webhook.Notifications;
import dev.backlane.gateway.webhook.ReceiverPolicy;
import dev.backlane.gateway.webhook.Subscriptions;
import dev.backlane.gateway.webhook.WebhookAddresses;
import dev.backlane.gateway.webhook.WebhookClient;
import dev.backlane.gateway.webhook.WebhookSender;
import java.time.Duration;
import java.time.InstantSource;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import javax.net.ssl.SSLContext;

/// The parts that notify receivers when operations have ended.
///
/// ```text
/// Settlement ─▶ OperationStore ─▶ DeliveryStore ◀─ DeliveryDispatcher
///                 receivers ◀─ WebhookClient ◀─ WebhookSender ◀─┘
/// ```
///
/// @param notifications creates the deliveries, which are stored in the commit that ends an
///     operation
record WebhookWiring(
    WebhookAddresses addresses,
    Subscriptions subscriptions,
    WebhookClient client,
    DeliveryDispatcher dispatcher,
    EndNotifications notifications) {
  static WebhookWiring of(
      LiveConfig live,
      Storage storage,
      InstantSource wall,
      Supplier<SSLContext> tls,
      RandomGenerator random) {
    var clock = storage.clock();
    var webhooks = live.get().webhooks();
    var addresses = new WebhookAddresses(() -> live.get().webhooks().allowCidrs());
    var subscriptions = subscriptions(live.get(), storage, random);
    var client =
        new WebhookClient(
            addresses,
            webhooks.timeout(),
            webhooks.deliveries().concurrency(),
            tls,
            "Backlane/" + Version.text(),
            clock);
    // Receivers compare the signed time with their own clocks.
    var sender =
        new WebhookSender(
            subscriptions, client, () -> live.get().webhooks().signing(), clock, wall);
    var dispatcher =
        new DeliveryDispatcher(
            storage.deliveries(), sender, webhooks.deliveries(), Threads.VIRTUAL, clock, random);
    var notifications = new EndNotifications(new Notifications(), dispatcher::wake);
    return new WebhookWiring(addresses, subscriptions, client, dispatcher, notifications);
  }

  private static Subscriptions subscriptions(
      Config config, Storage storage, RandomGenerator random) {
    return new Subscriptions(
        storage.records(),
        new Seal(storage.keys(), "webhook secret"),
        config.subscriptions(),
        storage.clock(),
        random);
  }

  /// The policy that decides which receivers a caller may name.
  ReceiverPolicy receivers(LiveConfig live) {
    return new ReceiverPolicy(
        subscriptions,
        addresses,
        () -> live.get().webhooks().urlInHeader(),
        () -> live.get().webhooks().signing().signatureHeader());
  }

  /// @param grace how long attempts in flight may continue
  void close(Duration grace) {
    dispatcher.drain(grace);
    client.close();
  }
}
