package dev.backlane.engine.inspection;

import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.store.content.Part;
import dev.backlane.engine.store.content.StoredContent;

/// Decrypts sealed data of a store. Thread-safe.
public interface SealOpener {
  /// Decrypts the credentials of an operation.
  ///
  /// @throws RuntimeException if they cannot be decrypted; the message says why
  void openCredentials(Operation operation);

  /// Returns a content that decrypts while it is read.
  StoredContent clear(Operation operation, Part part, StoredContent stored);
}
