package dev.backlane.engine.execution;

import dev.backlane.engine.background.Threads;
import dev.backlane.engine.execution.outcomes.ResumedContent;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.store.OperationStore;
import dev.backlane.engine.store.content.Part;
import dev.backlane.engine.store.content.StoredContent;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/// The attempts in flight in this process. An attempt whose outcome could not be stored remains
/// here until its operation is taken over. Thread-safe.
final class AttemptsInFlight {
  private final OperationStore store;
  private final Supplier<Routes> routes;
  private final Threads threads;
  private final Map<OperationId, Attempt> attempts = new ConcurrentHashMap<>();

  AttemptsInFlight(OperationStore store, Supplier<Routes> routes, Threads threads) {
    this.store = store;
    this.routes = routes;
    this.threads = threads;
  }

  /// Adds the attempt of a running operation.
  ///
  /// @param body the request's content
  Attempt begin(Operation running, StoredContent body) {
    var id = running.id();
    var tenant = running.caller().tenant();
    var policy = routes.get().policyOf(running.request());
    var resumed = new ResumedContent(body, threads);
    var attempt =
        new Attempt(running, resumed, policy, () -> store.spool(id, tenant, Part.RESPONSE));
    attempts.put(id, attempt);
    return attempt;
  }

  /// Removes a settled attempt.
  void end(Attempt attempt) {
    attempts.remove(attempt.operation().id(), attempt);
  }

  boolean contains(OperationId id) {
    return attempts.containsKey(id);
  }

  /// Removes the attempt of an operation that was taken over.
  void remove(OperationId id) {
    attempts.remove(id);
  }

  List<Attempt> list() {
    return List.copyOf(attempts.values());
  }

  /// Aborts the attempt of an operation if one is in flight.
  void abort(OperationId id) {
    var attempt = attempts.get(id);
    if (attempt != null) {
      attempt.abort();
    }
  }

  /// Aborts the attempts of calls that another process may repeat meanwhile. The others go on: no
  /// process repeats them, so that an abort would only cost their outcomes.
  void abortRepeatable() {
    attempts.values().stream().filter(this::repeatable).forEach(Attempt::abort);
  }

  private boolean repeatable(Attempt attempt) {
    var request = attempt.operation().request();
    return request.idempotent() || routes.get().policyOf(request).retry().repeatable();
  }

  /// Ends the attempts of which nothing was sent yet.
  void recallUnsent() {
    attempts.values().forEach(Attempt::recall);
  }

  void abortAll() {
    attempts.values().forEach(Attempt::abort);
  }
}
