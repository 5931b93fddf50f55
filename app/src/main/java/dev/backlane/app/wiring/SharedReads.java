package dev.backlane.app.wiring;

import dev.backlane.engine.background.Threads;
import dev.backlane.engine.execution.Completions;
import dev.backlane.engine.execution.Dispatcher;
import dev.backlane.engine.execution.pauses.Pauses;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.store.OperationStore;
import dev.backlane.gateway.refresh.Refresher;
import dev.backlane.gateway.webhook.Subscriptions;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// What a node reads regularly from a shared store, since other nodes change it.
///
/// @param store the operations, as the dispatcher uses them
record SharedReads(
    Storage storage,
    OperationStore store,
    Subscriptions subscriptions,
    Completions completions,
    Pauses pauses,
    Dispatcher dispatcher) {

  /// A change of a subscription takes effect at the other nodes within this time; each read returns
  /// two small lists.
  private static final Duration SUBSCRIPTIONS_EVERY = Duration.ofSeconds(3);

  /// A pause takes effect at the other nodes within this time; each read returns a small list.
  private static final Duration PAUSES_EVERY = Duration.ofSeconds(2);

  /// How soon a caller that waits for an operation notices that it ended at another node. One query
  /// reads all that are waited for.
  private static final Duration WAITS_EVERY = Duration.ofSeconds(1);

  /// How often new data keys are read; a missing one is also read when it is needed.
  private static final Duration DATA_KEYS_EVERY = Duration.ofSeconds(30);

  List<Refresher> refreshers(Threads threads) {
    return List.of(
        new Refresher("subscriptions", SUBSCRIPTIONS_EVERY, subscriptions::refresh, threads),
        new Refresher("pauses", PAUSES_EVERY, this::refreshPauses, threads),
        new Refresher("operations that callers wait for", WAITS_EVERY, this::findEnded, threads),
        new Refresher("data keys", DATA_KEYS_EVERY, storage.keys()::refresh, threads));
  }

  private void refreshPauses() {
    pauses.refresh();
    dispatcher.wake();
  }

  private void findEnded() {
    completions.find(ids -> {
      var found = store.findAll(ids);
      return ids.stream()
          .filter(id -> Optional.ofNullable(found.get(id)).map(Operation::ended).orElse(true))
          .toList();
    });
  }
}
