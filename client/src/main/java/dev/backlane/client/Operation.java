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
  /// @throws dev.backlane.client.documented.ApiException if the server refuses it: 403 for
  ///     operations of others, 404 for unknown ones
  public OperationState state() throws IOException, InterruptedException {
    return operations.state(id);
  }

  /// Reads the outcome now; empty if the operation has not ended.
  ///
  /// @throws dev.backlane.client.documented.ApiException as [#state]
  public Optional<Outcome> outcome() throws IOException, InterruptedException {
    var state = state();
    return state.ended() ? Optional.of(operations.outcome(id, state)) : Optional.empty();
  }

  /// Waits for the end.
  ///
  /// @param wait the longest wait; one that is not positive reads the state once
  /// @throws OperationException with [OperationException.Reason#NOT_ENDED] if it has not ended by
  ///     then; it continues
  /// @throws dev.backlane.client.documented.ApiException if the server refuses its state
  /// @throws InterruptedException if this thread is interrupted; the operation continues
  public Outcome await(Duration wait) throws IOException, InterruptedException {
    return await(wait, state -> {});
  }

  /// Waits for the end, and reports each change.
  ///
  /// @param onProgress called on this thread with the first state, and with each that differs from
  ///     the one before; an exception that it throws ends the wait
  public Outcome await(Duration wait, Consumer<? super OperationState> onProgress)
      throws IOException, InterruptedException {
    return operations.outcome(
        id,
        wait.isPositive()
            ? awaitEnd(Deadline.after(wait), wait, onProgress)
            : endedNow(onProgress));
  }

  OperationState awaitEnd(
      Deadline deadline, Duration wait, Consumer<? super OperationState> onProgress)
      throws IOException, InterruptedException {
    return operations
        .awaitEnd(id, deadline, onProgress)
        .orElseThrow(() -> notEnded("within " + wait));
  }

  private OperationState endedNow(Consumer<? super OperationState> onProgress)
      throws IOException, InterruptedException {
    var state = state();
    onProgress.accept(state);
    if (!state.ended()) {
      throw notEnded("yet");
    }
    return state;
  }

  private OperationException notEnded(String when) {
    return new OperationException(
        id,
        OperationException.Reason.NOT_ENDED,
        "Operation "
            + id
            + " has not ended "
            + when
            + ". It continues; wait for it later with Backlane.resume(\""
            + id
            + "\").");
  }

  /// As [#await(Duration)], on a virtual thread. If the future is canceled or completed otherwise,
  /// the wait ends; the operation continues.
  public CompletableFuture<Outcome> awaitAsync(Duration wait) {
    return awaitAsync(wait, state -> {});
  }

  /// As above, and reports each change.
  ///
  /// @param onProgress called on the virtual thread
  public CompletableFuture<Outcome> awaitAsync(
      Duration wait, Consumer<? super OperationState> onProgress) {
    return Futures.start("await " + id, () -> await(wait, onProgress));
  }

  /// As [#state], on a virtual thread.
  public CompletableFuture<OperationState> stateAsync() {
    return Futures.start("state " + id, this::state);
  }

  /// Cancels the operation. A queued one is never sent; a running one is aborted, and the upstream
  /// may have acted.
  ///
  /// @return false if it had ended before
  /// @throws dev.backlane.client.documented.ApiException if the server refuses it, also if it does
  ///     not know how to cancel
  public boolean cancel() throws IOException, InterruptedException {
    return operations.cancel(id);
  }

  /// As [#cancel], on a virtual thread.
  public CompletableFuture<Boolean> cancelAsync() {
    return Futures.start("cancel " + id, this::cancel);
  }

  @Override
  public String toString() {
    return "Operation[" + id + "]";
  }
}
