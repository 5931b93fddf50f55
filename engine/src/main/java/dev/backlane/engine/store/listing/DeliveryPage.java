package dev.backlane.engine.store.listing;

import dev.backlane.engine.delivery.Delivery;
import dev.backlane.engine.operation.OperationId;
import java.util.List;
import java.util.Optional;

/// One page of deliveries, newest first.
///
/// @param next the `to` of the listing for the next page; empty on the last page
public record DeliveryPage(List<Delivery> deliveries, Optional<OperationId> next) {
  public DeliveryPage {
    deliveries = List.copyOf(deliveries);
  }
}
