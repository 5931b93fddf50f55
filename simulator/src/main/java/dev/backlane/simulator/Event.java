package dev.backlane.simulator;

import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.operation.Verdict;
import java.time.Instant;

/// Something that happened, as an outsider who sees everything would tell it.
sealed interface Event {
  Instant at();

  OperationId id();

  /// The caller was told that the operation is accepted.
  record Acknowledged(Instant at, OperationId id) implements Event {}

  /// The caller was told that its operation is canceled and was never sent.
  record CanceledUnsent(Instant at, OperationId id) implements Event {}

  /// The store holds a version of an operation.
  record Committed(Instant at, Operation operation) implements Event {
    @Override
    public OperationId id() {
      return operation.id();
    }
  }

  /// An attempt began to be sent and reached the upstream.
  record Sent(Instant at, OperationId id, int number, String process) implements Event {}

  /// An attempt is over, as far as its process knows: `verdict` says what it knows.
  record Over(Instant at, OperationId id, int number, Verdict verdict) implements Event {}

  /// A process died with an attempt under way.
  record Lost(Instant at, OperationId id, int number) implements Event {}
}
