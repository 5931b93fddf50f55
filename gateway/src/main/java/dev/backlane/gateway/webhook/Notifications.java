package dev.backlane.gateway.webhook;

import dev.backlane.engine.delivery.Delivery;
import dev.backlane.engine.delivery.DeliveryState;
import dev.backlane.engine.notification.NotificationWriter;
import dev.backlane.engine.operation.Notification;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.operation.State;
import dev.backlane.gateway.api.StateDocument;
import dev.backlane.gateway.http.PublicAddress;
import dev.backlane.protocol.Json;
import dev.backlane.protocol.NotificationDto;
import dev.backlane.protocol.Status;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// Writes notifications (CONTRACT 2.4). Stateless.
public final class Notifications implements NotificationWriter {
  /// The event type of an event that an operator sends to try a subscription.
  public static final String TEST_EVENT_TYPE = "BACKLANE_TEST";

  private static final int OK = 200;

  @Override
  public Optional<Delivery> of(Operation ended) {
    return target(ended.notification()).map(target -> delivery(ended, target));
  }

  private static Optional<Delivery.Target> target(Notification notification) {
    return switch (notification) {
      case Notification.None _ -> Optional.empty();
      case Notification.Address(var uri) -> Optional.of(new Delivery.Address(uri));
      case Notification.Subscription(var id, var _, var headers) ->
          Optional.of(new Delivery.Subscribed(id, headers));
    };
  }

  private static Delivery delivery(Operation operation, Delivery.Target target) {
    var state = (State.Ended) operation.state();
    var document =
        new NotificationDto(
            operation.id().toString(),
            operation.reference().orElse(null),
            StateDocument.status(state),
            StateDocument.statusCode(state),
            PublicAddress.state(operation.base(), operation.id()),
            PublicAddress.content(operation.base(), operation.id()),
            NotificationDto.EVENT_TYPE,
            state.endedAt());
    return due(
        operation.id(), operation.caller().tenant(), operation.caller().client(), target, document);
  }

  /// A test event for a subscription; it reports no operation.
  ///
  /// @param base base URL of its locations, which name no existing operation
  public static Delivery test(OperationId id, Subscription subscription, String base, Instant now) {
    var document =
        new NotificationDto(
            id.toString(),
            "a test of subscription " + subscription.id(),
            Status.FINISHED,
            OK,
            PublicAddress.state(base, id),
            PublicAddress.content(base, id),
            TEST_EVENT_TYPE,
            now);
    return due(
        id,
        subscription.tenant(),
        subscription.client(),
        new Delivery.Subscribed(subscription.id(), List.of()),
        document);
  }

  private static Delivery due(
      OperationId id,
      String tenant,
      String client,
      Delivery.Target target,
      NotificationDto document) {
    return new Delivery(
        id,
        tenant,
        client,
        target,
        document.eventType(),
        Json.bytes(document),
        new DeliveryState.Due(1, document.occurredUtc()),
        List.of(),
        0);
  }
}
