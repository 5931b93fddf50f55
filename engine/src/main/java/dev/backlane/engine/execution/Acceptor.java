package dev.backlane.engine.execution;

import dev.backlane.engine.operation.Draft;
import dev.backlane.engine.operation.Lifecycle;
import dev.backlane.engine.operation.State;
import dev.backlane.engine.store.Acceptance;
import dev.backlane.engine.store.IdempotencyKey;
import dev.backlane.engine.store.OperationStore;
import dev.backlane.engine.store.content.Content;
import dev.backlane.engine.store.queue.QueueKey;
import java.time.InstantSource;
import java.util.Optional;

/// Accepts operations: makes each durable, in one commit with its start if a permit is free.
/// Thread-safe.
public final class Acceptor {
  private final OperationStore store;
  private final Dispatcher dispatcher;
  private final InstantSource clock;

  public Acceptor(OperationStore store, Dispatcher dispatcher, InstantSource clock) {
    this.store = store;
    this.dispatcher = dispatcher;
    this.clock = clock;
  }

  /// Accepts an operation.
  ///
  /// @return [Acceptance.Stored] once the operation is durable; otherwise nothing was stored
  /// @throws dev.backlane.engine.store.failure.StoreException if it is not known to be durable:
  ///     success must not be reported
  public Acceptance accept(Draft draft, Content request, Optional<IdempotencyKey> idempotencyKey) {
    var route = dispatcher.routeOf(draft.request());
    var key = new QueueKey(draft.caller().tenant(), route);
    try (var permit = dispatcher.permit(key).orElse(null)) {
      var now = clock.instant();
      State state = permit == null ? Lifecycle.queued(now) : permit.begin(now);
      var operation = draft.beginning(route, state);
      var acceptance = store.accept(operation, request, idempotencyKey);
      if (acceptance instanceof Acceptance.Stored) {
        dispatcher.counters().accepted();
        if (permit == null) {
          dispatcher.wake(key);
        } else {
          dispatcher.start(operation, request, permit);
        }
      }
      return acceptance;
    }
  }
}
