package dev.backlane.app.wiring;

import dev.backlane.app.config.sections.Config;
import dev.backlane.engine.background.Threads;
import dev.backlane.engine.notification.DeliveryDispatcher;
import dev.backlane.engine.notification.EndNotifications;
import dev.backlane.engine.operation.Header;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.store.OperationStore;
import dev.backlane.engine.store.failure.StoreException;
import dev.backlane.gateway.seal.Seal;
import dev.backlane.gateway.tracing.Tracing;
import dev.backlane.gateway.webhook.Notifications;
import dev.backlane.gateway.webhook.ReceiverPolicy;
import dev.backlane.gateway.webhook.Subscriptions;
import dev.backlane.gateway.webhook.WebhookAddresses;
import dev.backlane.gateway.webhook.WebhookClient;
import dev.backlane.gateway.webhook.WebhookSender;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;
import javax.net.ssl.SSLContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

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
  private static final Logger LOG = LoggerFactory.getLogger(WebhookWiring.class);

  /// @param operations are read for the trace of each notification, mostly right after their end
  static WebhookWiring of(
      LiveConfig live,
      Storage storage,
      OperationStore operations,
      InstantSource wall,
      Supplier<SSLContext> tls,
      RandomGenerator random,
      TelemetryWiring telemetry) {
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
            subscriptions,
            client,
            () -> live.get().webhooks().signing(),
            clock,
            wall,
            traces(operations, telemetry));
    var dispatcher =
        new DeliveryDispatcher(
            storage.deliveries(),
            telemetry.events().reporting(sender, id -> contextOf(operations, id)),
            webhooks.deliveries(),
            Threads.VIRTUAL,
            clock,
            random);
    var notifications = new EndNotifications(new Notifications(), dispatcher::wake);
    return new WebhookWiring(addresses, subscriptions, client, dispatcher, notifications);
  }

  /// A notification continues the trace of the call that it reports.
  private static WebhookSender.Traces traces(OperationStore operations, TelemetryWiring telemetry) {
    return new WebhookSender.Traces(telemetry.tracing(), id -> contextOf(operations, id));
  }

  private static List<Header> contextOf(OperationStore operations, OperationId id) {
    try {
      return operations
          .find(id)
          .map(operation -> Tracing.contextOf(operation.request().headers()))
          .orElse(List.of());
    } catch (StoreException unavailable) {
      // The notification is sent all the same.
      LOG.debug("The trace of delivery {} cannot be read: {}", id, unavailable.getMessage());
      return List.of();
    }
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
