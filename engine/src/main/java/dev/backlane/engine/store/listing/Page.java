package dev.backlane.engine.store.listing;

import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.OperationId;
import java.util.List;
import java.util.Optional;

/// One page of a listing.
///
/// @param operations newest first
/// @param next the `to` of the listing for the next page; empty on the last page
public record Page(List<Operation> operations, Optional<OperationId> next) {
  public Page {
    operations = List.copyOf(operations);
  }
}
