package dev.backlane.engine.inspection;

import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.store.content.Part;
import dev.backlane.engine.store.content.StoredContent;

/// Opens what is sealed in a store. Thread-safe.
public interface SealOpener {
  /// Opens the credentials of an operation.
  ///
  /// @throws RuntimeException that says why, if they cannot be opened
  void openCredentials(Operation operation);

  /// A content in clear.
  StoredContent clear(Operation operation, Part part, StoredContent stored);
}
