package dev.backlane.simulator;

import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.operation.Verdict;
import java.time.Instant;

/// An event of a simulation, recorded for the checker.
sealed interface Event {
  Instant at();

  OperationId id();

  /// The operation was reported to its caller as accepted.
  record Acknowledged(Instant at, OperationId id) implements Event {}

  /// The operation was reported to its caller as canceled and never sent.
  record CanceledUnsent(Instant at, OperationId id) implements Event {}

  /// A version of an operation was committed.
  record Committed(Instant at, Operation operation) implements Event {
    @Override
    public OperationId id() {
      return operation.id();
    }
  }

  /// An attempt was sent and reached the upstream.
  record Sent(Instant at, OperationId id, int number, String process) implements Event {}

  /// An attempt ended with a verdict.
  record Ended(Instant at, OperationId id, int number, Verdict verdict) implements Event {}

  /// A process died with an attempt in flight.
  record Lost(Instant at, OperationId id, int number) implements Event {}
}
