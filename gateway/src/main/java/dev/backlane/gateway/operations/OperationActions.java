package dev.backlane.gateway.operations;

import dev.backlane.engine.copies.HeldOperations;
import dev.backlane.engine.execution.Dispatcher;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.operation.State;
import dev.backlane.engine.store.OperationStore;

/// What operators change about one operation. The caller records the action in the audit log
/// before. Thread-safe.
public final class OperationActions {
  private final OperationStore store;
  private final Dispatcher dispatcher;
  private final HeldOperations held;
  private final OperationRetry retry;

  /// @param dispatcher cancels operations
  public OperationActions(
      OperationStore store, Dispatcher dispatcher, HeldOperations held, OperationRetry retry) {
    this.store = store;
    this.dispatcher = dispatcher;
    this.held = held;
    this.retry = retry;
  }

  /// Cancels an operation; durable on return.
  public ActionResult cancel(OperationId id) {
    var before = dispatcher.cancel(id);
    if (before.isEmpty()) {
      return new ActionResult.NotFound();
    }
    return switch (before.get()) {
      case State.Queued _, State.Held _ -> new ActionResult.Done();
      case State.Running _ -> new ActionResult.Aborted();
      case State.Ended _ -> new ActionResult.Refused("The operation has ended already.");
    };
  }

  /// Repeats the call of an ended operation as a new one; durable on return.
  ///
  /// @throws dev.backlane.gateway.http.ProblemException 503 if no call can be accepted now
  public ActionResult retry(OperationId id, RetryRequest request) {
    var original = store.find(id);
    return original.isEmpty() ? new ActionResult.NotFound() : retry.retry(original.get(), request);
  }

  /// Queues a held operation again; durable on return.
  public ActionResult resume(OperationId id) {
    return ofHeld(id, held.release(id));
  }

  /// Ends a held operation with an unknown outcome; durable on return.
  public ActionResult fail(OperationId id) {
    return ofHeld(id, held.fail(id));
  }

  private ActionResult ofHeld(OperationId id, boolean changed) {
    if (changed) {
      return new ActionResult.Done();
    }
    return store.find(id).isEmpty()
        ? new ActionResult.NotFound()
        : new ActionResult.Refused("The operation is not held.");
  }
}
