package dev.backlane.engine.execution.outcomes;

import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.operation.Verdict;
import dev.backlane.engine.store.content.Content;

/// The outcome of an attempt that is durable on the local disk and not yet in the store.
///
/// @param response the response's body; empty if there is none
public record HeldOutcome(Key key, Verdict verdict, Content response) {
  /// The attempt that the outcome belongs to.
  ///
  /// @param version the version of the running operation; the outcome is valid only while this
  ///     version is stored
  public record Key(OperationId id, long version) {
    public static Key of(Operation running) {
      return new Key(running.id(), running.version());
    }
  }
}
