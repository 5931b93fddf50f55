package dev.backlane.engine.execution.outcomes;

import java.util.Optional;

/// Encrypts and authenticates what is written to the local disk. Thread-safe.
public interface OutcomeSeal {
  /// @param name the sealed bytes open under no other name
  /// @throws dev.backlane.engine.store.failure.StoreException if there is no key and none can be
  ///     created
  byte[] seal(byte[] clear, byte[] name);

  /// @return empty if the bytes were changed, have another name, or were sealed for another store
  /// @throws dev.backlane.engine.store.failure.StoreException if the key is in the store and cannot
  ///     be read
  Optional<byte[]> open(byte[] sealed, byte[] name);
}
