package dev.backlane.gateway.intake;

import dev.backlane.engine.execution.Dispatcher;
import dev.backlane.engine.store.Admission;
import dev.backlane.engine.store.OperationStore;
import dev.backlane.gateway.http.ProblemException;
import dev.backlane.gateway.http.Problems;
import java.util.function.Supplier;

/// Decides whether another call can be accepted now. Thread-safe.
public final class Capacity {
  private final OperationStore store;
  private final Admission admission;
  private final Dispatcher dispatcher;
  private final Supplier<QueueLimit> queueLimit;

  /// @param admission whether the store has space for more
  /// @param queueLimit of operations that wait for a worker; may change
  public Capacity(
      OperationStore store,
      Admission admission,
      Dispatcher dispatcher,
      Supplier<QueueLimit> queueLimit) {
    this.store = store;
    this.admission = admission;
    this.dispatcher = dispatcher;
    this.queueLimit = queueLimit;
  }

  /// @throws ProblemException 503 if no call can be accepted now, or none of this tenant
  public void require(String tenant) {
    if (dispatcher.draining()) {
      throw Problems.overloaded(
          "draining", "The gateway is shutting down; nothing was stored. Send the call again.");
    }
    requireQueueEntry(tenant);
    requireStorage();
  }

  private void requireQueueEntry(String tenant) {
    var limit = queueLimit.get();
    long waiting = store.queued();
    if (waiting >= limit.max()) {
      throw Problems.overloaded(
          "queue-full",
          "The queue is full (limits.queue-max "
              + limit.max()
              + "); nothing was stored. Try again later.");
    }
    if (limit.nearlyFull(waiting) && !limit.permits(waiting, store.queued(tenant))) {
      throw Problems.overloaded(
          "tenant-queue-full",
          "Your tenant has as many calls waiting as it may have now, so that other tenants can"
              + " queue calls too (limits.queue-max-per-tenant, limits.queue-max); nothing was"
              + " stored. Try again when some of them have ended.");
    }
  }

  /// @throws ProblemException 503 if the storage accepts no calls now
  void requireStorage() {
    // The full cause names the operator's disk or server, which is not shown to callers.
    if (admission.refusal().isPresent()) {
      throw Problems.overloaded(
          admission.reason(),
          "The gateway accepts no calls at present ("
              + admission.reason()
              + "); nothing was stored. Try again later.");
    }
  }
}
