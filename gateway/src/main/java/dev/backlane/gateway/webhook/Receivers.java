package dev.backlane.gateway.webhook;

import dev.backlane.engine.operation.Caller;
import dev.backlane.engine.operation.Header;
import dev.backlane.engine.operation.Notification;
import dev.backlane.gateway.http.ProblemException;
import dev.backlane.protocol.ProblemType;
import java.net.URI;
import java.util.List;

/// Tells who may be notified of an operation's end. Immutable.
public final class Receivers {
  private final List<Subscription> subscriptions;
  private final WebhookAddresses addresses;
  private final boolean urlInHeader;

  /// @param subscriptions the registered receivers; the first that fits a caller counts
  /// @param addresses tells which addresses may be called
  /// @param urlInHeader whether a caller may name an address of its own
  public Receivers(
      List<Subscription> subscriptions, WebhookAddresses addresses, boolean urlInHeader) {
    this.subscriptions = List.copyOf(subscriptions);
    this.addresses = addresses;
    this.urlInHeader = urlInHeader;
  }

  /// The receiver at an address that a caller gave.
  ///
  /// @throws ProblemException if it may not be called
  public Notification atAddress(URI uri) {
    if (!urlInHeader) {
      throw new ProblemException(
          ProblemType.WEBHOOK_ADDRESS_FORBIDDEN,
          "Addresses in the header are switched off here (webhooks.url-in-header). Use 'subscription' or 'none'.");
    }
    return switch (addresses.decide(uri)) {
      case WebhookAddresses.Allowed _ -> new Notification.Address(uri.toString());
      case WebhookAddresses.Forbidden(var detail) ->
          throw new ProblemException(ProblemType.WEBHOOK_ADDRESS_FORBIDDEN, detail);
    };
  }

  /// The receiver that is registered for a caller.
  ///
  /// @param headers the caller's pairs
  /// @throws ProblemException if there is none
  public Notification subscribed(Caller caller, List<Header> headers) {
    return subscriptions.stream()
        .filter(subscription -> subscription.serves(caller))
        .findFirst()
        .map(subscription ->
            new Notification.Subscription("", subscription.url().toString(), headers))
        .orElseThrow(() ->
            new ProblemException(
                ProblemType.NO_SUBSCRIPTION,
                "No webhook subscription is registered for client '"
                    + caller.client()
                    + "'. Register one, or use 'none' or an address."));
  }
}
