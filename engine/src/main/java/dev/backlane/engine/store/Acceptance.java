package dev.backlane.engine.store;

import dev.backlane.engine.operation.OperationId;

/// The result of accepting an operation.
public sealed interface Acceptance {
  /// The operation is durable.
  record Stored() implements Acceptance {}

  /// The same call was accepted earlier under the same key, as this operation; nothing was stored.
  record Repeated(OperationId first) implements Acceptance {}

  /// A different call was accepted earlier under the same key; nothing was stored.
  record KeyReused(OperationId first) implements Acceptance {}
}
