package dev.backlane.engine.store.listing;

import dev.backlane.engine.delivery.Delivery;
import dev.backlane.engine.delivery.DeliveryState;
import dev.backlane.engine.operation.OperationId;
import java.util.Optional;
import java.util.function.Predicate;

/// A query for one page of deliveries, newest first.
///
/// @param subscription if present, only deliveries of this subscription
/// @param from the first id that may be listed (inclusive)
/// @param to the id before which the page begins (exclusive)
/// @param state only deliveries whose state matches
/// @param limit rows of the page, 1 to 200
public record DeliveryListing(
    Optional<String> subscription,
    OperationId from,
    OperationId to,
    Predicate<DeliveryState> state,
    int limit) {
  /// The most rows that a store reads for one page. At this number the page ends early, and its `next`
  /// continues.
  public static final int SCANNED_MAX = 10_000;

  /// Whether a delivery belongs on the page.
  public boolean matches(Delivery delivery) {
    return (subscription.isEmpty() || ofSubscription(delivery, subscription.get()))
        && state.test(delivery.state());
  }

  private static boolean ofSubscription(Delivery delivery, String id) {
    return delivery.target() instanceof Delivery.Subscribed subscribed
        && subscribed.subscription().equals(id);
  }
}
