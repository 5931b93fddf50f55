package dev.backlane.engine.store.listing;

import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.OperationId;
import java.util.Optional;
import java.util.function.Predicate;

/// A query for one page of the operations that a caller may read, newest first.
///
/// @param reader only operations that this caller may read are listed
/// @param from the first id that may be listed (inclusive)
/// @param to the id before which the page begins (exclusive)
/// @param reference if present, only operations with this reference
/// @param state only operations whose state matches
/// @param limit rows of the page, 1 to 200
public record Listing(
    Reader reader,
    OperationId from,
    OperationId to,
    Optional<String> reference,
    Predicate<Operation> state,
    int limit) {

  /// The most rows that a store reads for one page, so that a filter with few matches is cheap. At
  /// this number the page ends early, and its `next` continues.
  public static final int SCANNED_MAX = 10_000;

  /// The same query for a part of the page.
  ///
  /// @param before the id before which the part begins (exclusive)
  /// @param rows of the part
  public Listing part(OperationId before, int rows) {
    return new Listing(reader, from, before, reference, state, rows);
  }

  /// Whether an operation belongs on the page.
  public boolean matches(Operation operation) {
    var id = operation.id();
    return reader.mayRead(operation.caller())
        && id.compareTo(from) >= 0
        && id.compareTo(to) < 0
        && (reference.isEmpty() || reference.equals(operation.reference()))
        && state.test(operation);
  }
}
