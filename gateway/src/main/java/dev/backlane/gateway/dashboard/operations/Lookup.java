package dev.backlane.gateway.dashboard.operations;

import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.store.OperationStore;
import dev.backlane.engine.store.content.Part;
import dev.backlane.engine.store.content.StoredContent;
import dev.backlane.gateway.http.ProblemException;
import dev.backlane.gateway.operations.OperationDetail;
import dev.backlane.gateway.operations.OperationFinder;
import dev.backlane.protocol.ProblemType;
import java.util.Optional;

/// Finds operations and their contents for the pages. Thread-safe.
///
/// @param store has the contents
public record Lookup(OperationFinder finder, OperationStore store) {
  /// @throws ProblemException 404 if there is none of this id
  OperationDetail find(String id) {
    return OperationId.parse(id).flatMap(finder::find).orElseThrow(Lookup::none);
  }

  static ProblemException none() {
    return new ProblemException(
        ProblemType.NOT_FOUND,
        "There is no operation of this id. Check the id; the operation's retention may be over.");
  }

  /// A content of an operation; empty if it has none.
  Optional<StoredContent> content(OperationDetail detail, Part part) {
    return store
        .content(detail.summary().operation(), part)
        .filter(content -> content.length() > 0);
  }
}
