package dev.backlane.gateway.admin;

import dev.backlane.engine.delivery.Delivery;
import dev.backlane.engine.notification.DeliveryDispatcher;
import dev.backlane.engine.operation.OperationIds;
import dev.backlane.gateway.http.PublicAddress;
import dev.backlane.gateway.webhook.Notifications;
import dev.backlane.gateway.webhook.Subscription;
import java.time.InstantSource;

/// Makes the test events of subscriptions. Thread-safe.
public final class TestEvents {
  private final OperationIds ids;
  private final PublicAddress address;
  private final DeliveryDispatcher dispatcher;
  private final InstantSource clock;

  /// @param ids names the events
  /// @param address the base of locations in the events
  /// @param dispatcher delivers the events
  public TestEvents(
      OperationIds ids, PublicAddress address, DeliveryDispatcher dispatcher, InstantSource clock) {
    this.ids = ids;
    this.address = address;
    this.dispatcher = dispatcher;
    this.clock = clock;
  }

  /// Queues a test event for delivery; durable on return.
  Delivery send(Subscription subscription) {
    var event = Notifications.test(ids.next(), subscription, address.uriOf(""), clock.instant());
    dispatcher.add(event);
    return event;
  }
}
