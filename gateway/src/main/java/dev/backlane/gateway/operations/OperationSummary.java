package dev.backlane.gateway.operations;

import dev.backlane.engine.operation.ErrorCode;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.State;
import dev.backlane.engine.store.search.OperationFilter;
import dev.backlane.engine.store.search.Phase;
import java.time.Instant;
import java.util.Optional;

/// One row of a list of operations. Contains no credentials, headers or contents. Immutable.
///
/// @param operation as it is stored
public record OperationSummary(Operation operation) {
  /// What the operation is doing.
  public Phase phase() {
    return Phase.of(operation.state());
  }

  /// Why it ended without a response; empty if it has not, or has one.
  public Optional<ErrorCode> errorCode() {
    return OperationFilter.errorCode(operation.state());
  }

  /// The error message of an ended operation, or the last error of one that waits.
  public Optional<String> error() {
    return OperationFilter.error(operation.state());
  }

  /// The status code of the upstream's response; 0 if there is none.
  public int statusCode() {
    return operation.state() instanceof State.Finished finished
        ? finished.response().statusCode()
        : 0;
  }

  /// Bytes of the upstream's response; 0 if there is none.
  public long responseBytes() {
    return operation.state() instanceof State.Finished finished
        ? finished.response().contentLength()
        : 0;
  }

  /// When it ended; empty if it has not.
  public Optional<Instant> endedAt() {
    return operation.state() instanceof State.Ended ended
        ? Optional.of(ended.endedAt())
        : Optional.empty();
  }

  /// When a waiting operation is due, at the earliest.
  public Optional<Instant> dueAt() {
    return operation.state() instanceof State.Queued queued
        ? Optional.of(queued.dueAt())
        : Optional.empty();
  }

  /// The process that runs it, as in its leases.
  public Optional<String> node() {
    return operation.state() instanceof State.Running running
        ? Optional.of(running.lease().holder())
        : Optional.empty();
  }
}
