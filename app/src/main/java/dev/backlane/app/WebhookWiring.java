package dev.backlane.app;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.backlane.app.config.Config;
import dev.backlane.app.config.SubscriptionConfig;
import dev.backlane.engine.background.Threads;
import dev.backlane.engine.delivery.DeliverySchedule;
import dev.backlane.engine.notification.DeliveryDispatcher;
import dev.backlane.engine.notification.DeliverySettings;
import dev.backlane.engine.notification.EndNotifications;
import dev.backlane.gateway.seal.Seal;
import dev.backlane.gateway.webhook.Cidr;
import dev.backlane.gateway.webhook.Notifications;
import dev.backlane.gateway.webhook.ReceiverPolicy;
import dev.backlane.gateway.webhook.SigningSecret;
import dev.backlane.gateway.webhook.Subscription;
import dev.backlane.gateway.webhook.Subscriptions;
import dev.backlane.gateway.webhook.WebhookAddresses;
import dev.backlane.gateway.webhook.WebhookClient;
import dev.backlane.gateway.webhook.WebhookSender;
import dev.backlane.protocol.WebhookSecret;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import javax.net.ssl.SSLContext;

/// The parts that notify receivers of ended operations.
///
/// ```text
/// Settlement ─▶ OperationStore ─▶ DeliveryStore ◀─ DeliveryDispatcher ─▶ WebhookSender ─▶ WebhookClient
/// ```
///
/// @param notifications writes the deliveries that are stored with the ends
record WebhookWiring(
    WebhookAddresses addresses,
    Subscriptions subscriptions,
    WebhookClient client,
    DeliveryDispatcher dispatcher,
    EndNotifications notifications)
    implements AutoCloseable {
  /// The most that a receiver's `Retry-After` can ask for.
  private static final Duration RETRY_AFTER_MAX = Duration.ofHours(24);

  /// Until another node may make an attempt again: looking up a host is not part of its time-out.
  private static final Duration ATTEMPT_SLACK = Duration.ofSeconds(15);

  /// How long attempts that are under way are waited for at the end, beyond their time-out not at all.
  private static final Duration DRAIN_MAX = Duration.ofSeconds(5);

  static WebhookWiring of(
      Config config,
      Storage storage,
      Supplier<SSLContext> tls,
      Threads threads,
      RandomGenerator random) {
    var webhooks = config.webhooks();
    var deliveries = webhooks.deliveries();
    var addresses = new WebhookAddresses(webhooks.allowCidrs().stream().map(Cidr::parse).toList());
    var subscriptions = subscriptions(config, storage, random);
    var client =
        new WebhookClient(
            addresses,
            webhooks.timeout(),
            deliveries.concurrency(),
            tls,
            "Backlane/" + Version.text(),
            storage.clock());
    var messenger =
        new WebhookSender(
            subscriptions,
            client,
            new WebhookSender.Terms(
                webhooks.signatureHeader(),
                webhooks.defaultSecret().map(secret -> new WebhookSecret(secret.value())),
                deliveries.disableAfter()),
            storage.clock());
    var dispatcher =
        new DeliveryDispatcher(
            storage.deliveries(),
            messenger,
            new DeliverySettings(
                new DeliverySchedule(deliveries.retrySchedule(), RETRY_AFTER_MAX),
                deliveries.concurrency(),
                deliveries.concurrencyPerTenant(),
                deliveries.concurrencyPerReceiver(),
                webhooks.timeout().plus(ATTEMPT_SLACK),
                deliveries.retention()),
            threads,
            storage.clock(),
            random);
    var notifications = new EndNotifications(new Notifications(), dispatcher::wake);
    return new WebhookWiring(addresses, subscriptions, client, dispatcher, notifications);
  }

  private static Subscriptions subscriptions(
      Config config, Storage storage, RandomGenerator random) {
    return new Subscriptions(
        storage.records(),
        new Seal(storage.keys(), "webhook secret"),
        config.subscriptions().stream().map(WebhookWiring::subscription).toList(),
        storage.clock(),
        random);
  }

  private static Subscription subscription(SubscriptionConfig configured) {
    var owner = configured.tenant() + "\n" + configured.client();
    return new Subscription(
        // The same after each start, so that what is known of it stays known.
        "sub_" + UUID.nameUUIDFromBytes(owner.getBytes(UTF_8)),
        configured.tenant(),
        configured.client(),
        configured.url(),
        configured.eventTypes(),
        List.of(
            new SigningSecret(new WebhookSecret(configured.secret().value()), Optional.empty())),
        Subscription.Standing.GOOD,
        true,
        Optional.empty());
  }

  /// Tells who may be notified.
  ReceiverPolicy receivers(boolean urlInHeader) {
    return new ReceiverPolicy(subscriptions, addresses, urlInHeader);
  }

  @Override
  public void close() {
    dispatcher.drain(DRAIN_MAX);
    client.close();
  }
}
