package dev.backlane.client;

import dev.backlane.client.http.Deadline;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/// A call that runs in the background. Thread-safe. Its id is all that is needed to read its result
/// later, also in another process: [Backlane#resume].
public final class Operation {
  private final String id;
  private final Operations operations;

  Operation(String id, Operations operations) {
    this.id = id;
    this.operations = operations;
  }

  /// The id of the operation.
  public String id() {
    return id;
  }

  /// Reads the state now.
  ///
  /// @throws ApiException if the server refuses it: 403 for operations of others, 404 for unknown
  ///     ones
  public OperationState state() throws IOException, InterruptedException {
    return operations.state(id);
  }

  /// Reads the outcome now; empty if the operation has not ended.
  ///
  /// @throws ApiException as [#state]
  public Optional<Outcome> outcome() throws IOException, InterruptedException {
    var state = state();
    return state.ended() ? Optional.of(operations.outcome(state)) : Optional.empty();
  }

  /// Waits for the end.
  ///
  /// @param wait the longest wait; a zero wait reads the state once
  /// @throws OperationException with [OperationException.Reason#NOT_ENDED] if it has not ended by
  ///     then; it continues
  /// @throws ApiException if the server refuses its state
  /// @throws InterruptedException if this thread is interrupted; the operation continues
  public Outcome await(Duration wait) throws IOException, InterruptedException {
    return await(wait, state -> {});
  }

  /// Waits for the end, and reports each change.
  ///
  /// @param onProgress called on this thread with the first state, and with each that differs from
  ///     the one before
  public Outcome await(Duration wait, Consumer<? super OperationState> onProgress)
      throws IOException, InterruptedException {
    return operations.outcome(awaitEnd(Deadline.after(wait), wait, onProgress));
  }

  OperationState awaitEnd(
      Deadline deadline, Duration wait, Consumer<? super OperationState> onProgress)
      throws IOException, InterruptedException {
    return operations
        .awaitEnd(id, deadline, onProgress)
        .orElseThrow(() ->
            new OperationException(
                id,
                OperationException.Reason.NOT_ENDED,
                "Operation "
                    + id
                    + " has not ended within "
                    + wait
                    + ". It continues; wait for it later with Backlane.resume(\""
                    + id
                    + "\")."));
  }

  /// Waits for the end on a virtual thread. Canceling the future ends the wait; the operation
  /// continues.
  public CompletableFuture<Outcome> awaitAsync(Duration wait) {
    return Futures.start("await " + id, () -> await(wait));
  }

  /// Cancels the operation. A queued one is never sent; a running one is aborted, and the upstream
  /// may have acted.
  ///
  /// @return false if it had ended before
  /// @throws ApiException if the server refuses it, also if it does not know how to cancel
  public boolean cancel() throws IOException, InterruptedException {
    return operations.cancel(id);
  }

  @Override
  public String toString() {
    return "Operation[" + id + "]";
  }
}
