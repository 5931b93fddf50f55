package dev.backlane.gateway.operations;

import dev.backlane.engine.execution.Acceptor;
import dev.backlane.engine.execution.Routes;
import dev.backlane.engine.memory.MemoryBudget;
import dev.backlane.engine.memory.OverBudgetException;
import dev.backlane.engine.operation.Draft;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.operation.OperationIds;
import dev.backlane.engine.operation.Ownership;
import dev.backlane.engine.operation.SealedCredentials;
import dev.backlane.engine.store.Acceptance;
import dev.backlane.engine.store.IdempotencyKey;
import dev.backlane.engine.store.OperationStore;
import dev.backlane.engine.store.content.Part;
import dev.backlane.engine.store.content.StagedContent;
import dev.backlane.engine.store.content.TooLargeException;
import dev.backlane.engine.store.failure.StoreException;
import dev.backlane.gateway.intake.Capacity;
import java.io.IOException;
import java.util.Optional;
import java.util.function.Supplier;

/// Repeats the call of an ended operation as a new operation. The new one has the same caller,
/// request, receiver and reference; it refers to the original, and of one original there is one
/// retry at a time, by an idempotency key. Thread-safe.
public final class OperationRetry {
  private static final String KEY_PREFIX = "backlane-retry:";

  private final OperationStore store;
  private final Acceptor acceptor;
  private final OperationIds ids;
  private final Supplier<Routes> routes;
  private final RetryCredentials credentials;
  private final RetryBounds bounds;

  /// What limits retries.
  ///
  /// @param capacity decides whether another call can be accepted
  /// @param memory for the contents that are copied
  public record RetryBounds(Capacity capacity, MemoryBudget memory) {}

  /// @param ids names the new operations
  /// @param routes decide which calls may be repeated; may change
  public OperationRetry(
      OperationStore store,
      Acceptor acceptor,
      OperationIds ids,
      Supplier<Routes> routes,
      RetryCredentials credentials,
      RetryBounds bounds) {
    this.store = store;
    this.acceptor = acceptor;
    this.ids = ids;
    this.routes = routes;
    this.credentials = credentials;
    this.bounds = bounds;
  }

  /// Retries an operation; durable on return.
  ///
  /// @throws dev.backlane.gateway.http.ProblemException 503 if no call can be accepted now
  ActionResult retry(Operation original, RetryRequest request) {
    if (!original.ended()) {
      return new ActionResult.Refused(
          "The operation has not ended. Wait for its end, or cancel it first.");
    }
    if (!request.confirmed()) {
      boolean repeatable = routes.get().policyOf(original.request()).repeatable(original.request());
      var reason = RetryRule.confirmation(original, repeatable);
      if (reason.isPresent()) {
        return new ActionResult.ConfirmationRequired(reason.get());
      }
    }
    bounds.capacity().require(original.caller().tenant());
    var id = ids.next();
    return switch (credentials.of(original, id, request.authorization())) {
      case RetryCredentials.Choice.Missing(var detail) -> new ActionResult.Refused(detail);
      case RetryCredentials.Choice.Use(var sealed) -> accept(original, id, sealed);
    };
  }

  private ActionResult accept(Operation original, OperationId id, SealedCredentials sealed) {
    try (var content = content(original, id)) {
      return switch (acceptor.accept(
          draft(original, id, sealed), content.content(), Optional.of(key(original)))) {
        case Acceptance.Stored _ -> new ActionResult.Retried(id);
        case Acceptance.Repeated(var first) -> retriedAs(first);
        case Acceptance.KeyReused(var first) -> retriedAs(first);
      };
    } catch (StoreException.Damaged damaged) {
      return new ActionResult.Refused(
          "The stored request is damaged, so the call cannot be repeated. Let the caller make it"
              + " again.");
    } catch (OverBudgetException full) {
      return new ActionResult.Refused(
          "The bodies of other calls occupy the memory (limits.memory-for-bodies). Try again"
              + " later.");
    }
  }

  private static ActionResult retriedAs(OperationId first) {
    return new ActionResult.Refused(
        "The operation was retried already, as " + first + ". Retry that one if it has failed.");
  }

  private static IdempotencyKey key(Operation original) {
    return new IdempotencyKey(KEY_PREFIX + original.id(), Ownership.CLIENT, original.id().bytes());
  }

  /// @throws OverBudgetException if there is no memory for it
  /// @throws StoreException.Damaged if it is not complete
  private StagedContent content(Operation original, OperationId id) {
    long length = original.request().contentLength();
    var stored = store.content(original, Part.REQUEST);
    if (stored.isEmpty() && length == 0) {
      return StagedContent.empty();
    }
    var body =
        stored.orElseThrow(() -> new StoreException.Damaged("the stored request is missing"));
    if (body.length() != length) {
      throw new StoreException.Damaged(
          "the stored request has " + body.length() + " bytes instead of " + length);
    }
    try (var in = body.open(0)) {
      return StagedContent.read(
          in,
          length,
          () -> store.spool(id, original.caller().tenant(), Part.REQUEST),
          bounds.memory().reservation());
    } catch (TooLargeException longer) {
      throw new StoreException.Damaged("the stored request is longer than " + length, longer);
    } catch (IOException unreadable) {
      throw new StoreException.Damaged("the stored request cannot be read", unreadable);
    }
  }

  private static Draft draft(Operation original, OperationId id, SealedCredentials sealed) {
    return new Draft(
        id,
        original.caller(),
        original.request(),
        original.base(),
        original.notification(),
        original.reference(),
        sealed,
        Optional.of(original.id()));
  }
}
