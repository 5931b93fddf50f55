package dev.backlane.engine.execution;

import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.Verdict;
import java.time.Duration;

/// Reports what happens to operations, for logs and metrics. The methods are called by the thread
/// that does the work, once for each event: they must return at once and must not throw.
/// Thread-safe.
public interface OperationEvents {
  /// Reports nothing.
  OperationEvents NONE = new OperationEvents() {};

  /// An operation is durable: queued, or running if a permit was free.
  default void accepted(Operation operation) {}

  /// An attempt begins, whose start is durable.
  default void started(Operation running) {}

  /// An attempt has ended, and is about to be settled.
  ///
  /// @param took from the connect to the last byte of the response
  default void attempted(Operation running, Verdict verdict, Duration took) {}

  /// The next version of an operation is durable: queued again, held, or ended.
  default void settled(Operation next) {}
}
