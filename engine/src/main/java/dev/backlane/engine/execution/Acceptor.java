package dev.backlane.engine.execution;

import dev.backlane.engine.operation.Draft;
import dev.backlane.engine.operation.Lifecycle;
import dev.backlane.engine.operation.State;
import dev.backlane.engine.store.Acceptance;
import dev.backlane.engine.store.IdempotencyKey;
import dev.backlane.engine.store.OperationStore;
import dev.backlane.engine.store.content.Content;
import java.time.InstantSource;
import java.util.Optional;

/// Makes an operation durable, in one commit with its start where a worker is free. Thread-safe.
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
  /// @return [Acceptance.Stored] once it is durable; else nothing was stored
  /// @throws dev.backlane.engine.store.StoreException if it is not known to be durable: success must not be told
  public Acceptance accept(Draft draft, Content request, Optional<IdempotencyKey> key) {
    var route = dispatcher.routeOf(draft.request());
    try (var slot = dispatcher.slot(draft.caller().tenant(), route).orElse(null)) {
      var now = clock.instant();
      State state = slot == null ? Lifecycle.queued(now) : slot.begin(now);
      var operation = draft.beginning(route, state);
      var acceptance = store.accept(operation, request, key);
      if (acceptance instanceof Acceptance.Stored) {
        dispatcher.tally().accepted();
        if (slot == null) {
          dispatcher.wake();
        } else {
          slot.run(operation, request);
        }
      }
      return acceptance;
    }
  }
}
