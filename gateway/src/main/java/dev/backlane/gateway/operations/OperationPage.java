package dev.backlane.gateway.operations;

import dev.backlane.engine.operation.OperationId;
import java.util.List;
import java.util.Optional;

/// One page of operations.
///
/// @param items newest first
/// @param next the cursor of the next page; empty on the last page
/// @param incomplete whether the page ended early because the store has read as much as it reads
///     for one page: more may match
public record OperationPage(
    List<OperationSummary> items, Optional<OperationId> next, boolean incomplete) {
  public OperationPage {
    items = List.copyOf(items);
  }
}
