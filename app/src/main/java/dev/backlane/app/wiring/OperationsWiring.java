package dev.backlane.app.wiring;

import dev.backlane.app.config.sections.CredentialsSection;
import dev.backlane.engine.background.Threads;
import dev.backlane.engine.copies.HeldOperations;
import dev.backlane.engine.execution.Acceptor;
import dev.backlane.engine.execution.Dispatcher;
import dev.backlane.engine.execution.pauses.Pauses;
import dev.backlane.engine.memory.MemoryBudget;
import dev.backlane.engine.notification.DeliveryDispatcher;
import dev.backlane.engine.operation.OperationIds;
import dev.backlane.engine.store.OperationStore;
import dev.backlane.gateway.admin.DeliveriesResource;
import dev.backlane.gateway.admin.HeldResource;
import dev.backlane.gateway.admin.OperationActionsResource;
import dev.backlane.gateway.admin.OperationsResource;
import dev.backlane.gateway.intake.Capacity;
import dev.backlane.gateway.operations.OperationActions;
import dev.backlane.gateway.operations.OperationFinder;
import dev.backlane.gateway.operations.OperationPauses;
import dev.backlane.gateway.operations.OperationRetry;
import dev.backlane.gateway.operations.OperationRetry.RetryBounds;
import dev.backlane.gateway.operations.RetryCredentials;
import dev.backlane.gateway.operations.WaitReasons;
import dev.backlane.gateway.operations.bulk.BulkJobs;
import dev.backlane.gateway.operator.OperatorAuthorizer;
import dev.backlane.gateway.seal.CredentialSeal;
import java.security.SecureRandom;

/// What operators do with operations.
///
/// ```text
/// OperationsResource ─▶ OperationFinder ─▶ OperationSearch
///          └──────────▶ OperationActions ─▶ Dispatcher, HeldOperations, OperationRetry ─▶ Acceptor
/// ```
record OperationsWiring(
    OperationFinder finder,
    OperationActions actions,
    HeldOperations held,
    OperationPauses pauses,
    BulkJobs jobs)
    implements AutoCloseable {

  /// The parts that already exist.
  ///
  /// @param store the operations, as the dispatcher uses them
  record Parts(
      LiveConfig live,
      Storage storage,
      OperationStore store,
      Dispatcher dispatcher,
      DeliveryDispatcher deliveries,
      HeldOperations held,
      Pauses pauses) {}

  /// @param capacity of background calls, which also limits retries
  /// @param memory for the contents that retries copy
  static OperationsWiring of(
      Parts parts, Acceptor acceptor, Capacity capacity, CredentialSeal seal, MemoryBudget memory) {
    var storage = parts.storage();
    var search = storage.store().search();
    var retry =
        new OperationRetry(
            parts.store(),
            acceptor,
            new OperationIds(storage.clock(), new SecureRandom()),
            () -> parts.live().get().routes(),
            new RetryCredentials(seal, ofCaller(parts.live())),
            new RetryBounds(capacity, memory));
    var actions = new OperationActions(parts.store(), parts.dispatcher(), parts.held(), retry);
    return new OperationsWiring(
        new OperationFinder(
            parts.store(),
            search,
            storage.deliveries(),
            parts.deliveries(),
            new WaitReasons(parts.dispatcher(), parts.pauses(), search, storage.clock())),
        actions,
        parts.held(),
        new OperationPauses(parts.pauses(), parts.dispatcher(), () -> parts.live().get().routes()),
        new BulkJobs(search, actions, storage.clock(), Threads.VIRTUAL));
  }

  private static boolean ofCaller(LiveConfig live) {
    return switch (live.get().upstream().credentials()) {
      case CredentialsSection.Forward _, CredentialsSection.TokenExchange _ -> true;
      case CredentialsSection.ClientCredentials _, CredentialsSection.None _ -> false;
    };
  }

  /// Serves `/admin/v1/operations`.
  OperationsResource resource(OperatorAuthorizer authorizer, DeliveriesResource deliveries) {
    return new OperationsResource(
        finder,
        deliveries,
        new OperationActionsResource(actions, authorizer),
        new HeldResource(held, authorizer));
  }

  @Override
  public void close() {
    jobs.close();
  }
}
