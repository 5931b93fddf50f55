package dev.backlane.gateway.intake;

import dev.backlane.engine.execution.Dispatcher;
import dev.backlane.engine.store.Admission;
import dev.backlane.engine.store.OperationStore;
import dev.backlane.gateway.http.ProblemException;
import dev.backlane.gateway.http.Problems;
import java.util.function.IntSupplier;

/// Decides whether another call can be accepted now. Thread-safe.
public final class Capacity {
  private final OperationStore store;
  private final Admission admission;
  private final Dispatcher dispatcher;
  private final IntSupplier queueMax;

  /// @param admission whether the store has space for more
  /// @param queueMax operations that wait for a worker, `limits.queue-max`; may change
  public Capacity(
      OperationStore store, Admission admission, Dispatcher dispatcher, IntSupplier queueMax) {
    this.store = store;
    this.admission = admission;
    this.dispatcher = dispatcher;
    this.queueMax = queueMax;
  }

  /// @throws ProblemException 503 if no call can be accepted now
  void require() {
    if (dispatcher.draining()) {
      throw Problems.overloaded(
          "The gateway is shutting down; nothing was stored. Send the call again.");
    }
    int limit = queueMax.getAsInt();
    if (store.queued() >= limit) {
      throw Problems.overloaded(
          "The queue is full (limits.queue-max "
              + limit
              + "); nothing was stored. Try again later.");
    }
    // The full cause names the operator's disk or server, which is not shown to callers.
    if (admission.refusal().isPresent()) {
      throw Problems.overloaded(
          "The gateway accepts no calls at present ("
              + admission.reason()
              + "); nothing was stored. Try again later.");
    }
  }
}
