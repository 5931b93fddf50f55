package dev.backlane.engine.store.search;

import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.OperationId;
import java.util.List;
import java.util.Optional;

/// One page of a search.
///
/// @param operations newest first
/// @param next the id before which the next page begins (exclusive); empty on the last page
/// @param incomplete whether the page has less than the requested rows because the store has read
///     as much as it reads for one page: more may match
public record SearchPage(
    List<Operation> operations, Optional<OperationId> next, boolean incomplete) {
  public SearchPage {
    operations = List.copyOf(operations);
  }
}
