package dev.backlane.gateway.webhook;

import dev.backlane.engine.operation.Caller;
import dev.backlane.engine.operation.Header;
import dev.backlane.engine.operation.Notification;
import dev.backlane.gateway.http.ProblemException;
import dev.backlane.protocol.NotificationDto;
import dev.backlane.protocol.NotificationHeaders;
import dev.backlane.protocol.ProblemType;
import java.net.URI;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/// Decides which receivers may be notified of an operation's end. Thread-safe.
public final class ReceiverPolicy {
  private final Subscriptions subscriptions;
  private final WebhookAddresses addresses;
  private final BooleanSupplier urlInHeader;
  private final Supplier<String> signatureHeader;

  /// @param subscriptions the registered receivers
  /// @param addresses decides which addresses may be called
  /// @param urlInHeader whether a caller may set an address in the header; may change
  /// @param signatureHeader the name of the documented signature's header; may change
  public ReceiverPolicy(
      Subscriptions subscriptions,
      WebhookAddresses addresses,
      BooleanSupplier urlInHeader,
      Supplier<String> signatureHeader) {
    this.subscriptions = subscriptions;
    this.addresses = addresses;
    this.urlInHeader = urlInHeader;
    this.signatureHeader = signatureHeader;
  }

  /// The receiver at an address that a caller set in the header.
  ///
  /// @param caller for whom its host is looked up
  /// @throws ProblemException if it may not be called
  public Notification atAddress(URI uri, Caller caller) {
    if (!urlInHeader.getAsBoolean()) {
      throw new ProblemException(
          ProblemType.WEBHOOK_ADDRESS_FORBIDDEN,
          "Addresses in the header are switched off here (webhooks.url-in-header). Use 'subscription' or 'none'.");
    }
    return switch (addresses.decide(uri, Requester.of(caller))) {
      case WebhookAddresses.Allowed _ -> new Notification.Address(uri.toString());
      case WebhookAddresses.Forbidden(var detail) ->
          throw new ProblemException(ProblemType.WEBHOOK_ADDRESS_FORBIDDEN, detail);
    };
  }

  /// The receiver that is registered for a caller.
  ///
  /// @param headers the caller's pairs
  /// @throws ProblemException if there is none, or a pair has the name of the signature's header
  public Notification subscribed(Caller caller, List<Header> headers) {
    for (var header : headers) {
      if (NotificationHeaders.same(header.name(), signatureHeader.get())) {
        throw new ProblemException(
            ProblemType.INVALID_BACKGROUND_HEADER,
            "The name '"
                + header.name()
                + "' cannot be sent with a notification: it carries the signature. Choose another"
                + " name.");
      }
    }
    return subscriptions
        .of(caller)
        .filter(subscription -> subscription.eventTypes().contains(NotificationDto.EVENT_TYPE))
        .<Notification>map(subscription ->
            new Notification.Subscription(
                subscription.id(), subscription.url().toString(), headers))
        .orElseThrow(() ->
            new ProblemException(
                ProblemType.NO_SUBSCRIPTION,
                "No webhook subscription is registered for client '"
                    + caller.client()
                    + "'. Register one, or use 'none' or an address."));
  }
}
