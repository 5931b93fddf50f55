package dev.backlane.engine.execution;

import dev.backlane.engine.operation.Draft;
import dev.backlane.engine.operation.Lifecycle;
import dev.backlane.engine.operation.Notification;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.operation.State;
import dev.backlane.engine.store.Acceptance;
import dev.backlane.engine.store.IdempotencyKey;
import dev.backlane.engine.store.OperationStore;
import dev.backlane.engine.store.content.Content;
import dev.backlane.engine.store.failure.StoreException;
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
      var acceptance =
          withReceiver(store.accept(operation, request, idempotencyKey), draft.notification());
      if (acceptance instanceof Acceptance.Stored) {
        dispatcher.counters().accepted(operation);
        if (permit == null) {
          dispatcher.wake(key);
        } else {
          dispatcher.start(operation, request, permit);
        }
      }
      return acceptance;
    }
  }

  /// A key belongs to one call, of which the receiver is a part (CONTRACT 2.1). The fingerprint
  /// does not include it: the stored operation shows it, also if an earlier version accepted the
  /// call.
  private Acceptance withReceiver(Acceptance acceptance, Notification notification) {
    return acceptance instanceof Acceptance.Repeated(var first) && differs(first, notification)
        ? new Acceptance.KeyReused(first)
        : acceptance;
  }

  private boolean differs(OperationId first, Notification notification) {
    try {
      return store
          .find(first)
          .filter(found -> !found.notification().sameRequestAs(notification))
          .isPresent();
    } catch (StoreException.Refused unreadable) {
      // What the fingerprint includes is equal.
      return false;
    }
  }
}
