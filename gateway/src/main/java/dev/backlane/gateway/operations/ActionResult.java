package dev.backlane.gateway.operations;

import dev.backlane.engine.operation.OperationId;

/// What became of an action on one operation.
public sealed interface ActionResult {
  /// It is durable.
  record Done() implements ActionResult {}

  /// The cancel is durable. The attempt that was in flight is being aborted, and the upstream may
  /// have acted on it.
  record Aborted() implements ActionResult {}

  /// A new operation with the same call was accepted.
  record Retried(OperationId retry) implements ActionResult {}

  /// There is no such operation.
  record NotFound() implements ActionResult {}

  /// Nothing was changed, since the upstream may have acted on the call already. With a
  /// confirmation it is repeated.
  ///
  /// @param detail why, for the operator
  record ConfirmationRequired(String detail) implements ActionResult {}

  /// Nothing was changed.
  ///
  /// @param detail why, and what to do, for the operator
  record Refused(String detail) implements ActionResult {}
}
