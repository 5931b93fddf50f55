package dev.backlane.gateway.dashboard.webhooks;

import dev.backlane.engine.delivery.Delivery;
import dev.backlane.engine.notification.DeliveryDispatcher;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.store.DeliveryStore;
import dev.backlane.engine.store.listing.DeliveryListing;
import dev.backlane.gateway.webhook.Notifications;
import dev.backlane.gateway.webhook.Subscription;
import dev.backlane.gateway.webhook.Subscriptions;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// Reads deliveries for the pages. Thread-safe.
public final class Deliveries {
  private final DeliveryStore store;
  private final DeliveryDispatcher dispatcher;
  private final Subscriptions subscriptions;

  /// A part of the deliveries, newest first.
  ///
  /// @param next where the next part begins; empty: there is none
  record Part(List<DeliveryRow> rows, Optional<OperationId> next) {
    Part {
      rows = List.copyOf(rows);
    }
  }

  /// @param dispatcher repeats deliveries
  /// @param subscriptions have the addresses of deliveries
  public Deliveries(
      DeliveryStore store, DeliveryDispatcher dispatcher, Subscriptions subscriptions) {
    this.store = store;
    this.dispatcher = dispatcher;
    this.subscriptions = subscriptions;
  }

  /// @param subscription only those to this one
  /// @param state only those in this one
  /// @param before only those with a lower id
  Part page(
      Optional<String> subscription,
      Optional<String> state,
      Optional<OperationId> before,
      int max) {
    var page =
        store.list(
            new DeliveryListing(
                subscription,
                OperationId.lowest(Instant.EPOCH),
                before.orElse(OperationId.lowest(OperationId.TIME_MAX)),
                each -> state.isEmpty() || DeliveryRow.name(each).equals(state.get()),
                max));
    return new Part(page.deliveries().stream().map(this::row).toList(), page.next());
  }

  Optional<DeliveryRow> find(OperationId id) {
    return store.find(id).map(this::row);
  }

  private DeliveryRow row(Delivery delivery) {
    var next = dispatcher.nextAttempt(delivery);
    boolean test = delivery.eventType().equals(Notifications.TEST_EVENT_TYPE);
    return switch (delivery.target()) {
      case Delivery.Address(var uri) ->
          new DeliveryRow(delivery, uri, Optional.empty(), next, test);
      case Delivery.Subscribed(var id, var _) ->
          new DeliveryRow(
              delivery,
              subscriptions.find(id).map(Subscription::url).map(Object::toString).orElse(id),
              Optional.of(id),
              next,
              test);
    };
  }

  /// Makes a delivery again.
  ///
  /// @return false if it has changed since it was read
  boolean redeliver(Delivery delivery) {
    return dispatcher.redeliver(delivery);
  }
}
