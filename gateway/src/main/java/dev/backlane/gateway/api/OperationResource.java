package dev.backlane.gateway.api;

import dev.backlane.engine.execution.Dispatcher;
import dev.backlane.engine.memory.MemoryBudget;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.operation.Reader;
import dev.backlane.engine.operation.State;
import dev.backlane.engine.retention.Retention;
import dev.backlane.engine.store.OperationStore;
import dev.backlane.engine.store.content.Part;
import dev.backlane.gateway.http.Call;
import dev.backlane.gateway.http.ProblemException;
import dev.backlane.gateway.http.StoredBody;
import dev.backlane.protocol.ProblemType;
import java.util.Optional;

/// `/v1/background/{id}` and its content. Thread-safe.
public final class OperationResource {
  private static final int ACCEPTED = 202;
  private static final int NO_CONTENT = 204;

  private final OperationStore store;
  private final Retention retention;
  private final Dispatcher dispatcher;
  private final StateResponse state;
  private final MemoryBudget memory;

  /// @param retention decides whether an operation that is not stored may have been pruned
  /// @param dispatcher cancels operations
  /// @param memory for the contents that are being sent
  public OperationResource(
      OperationStore store,
      Retention retention,
      Dispatcher dispatcher,
      StateResponse state,
      MemoryBudget memory) {
    this.store = store;
    this.retention = retention;
    this.dispatcher = dispatcher;
    this.state = state;
    this.memory = memory;
  }

  void state(Call call, Reader reader, String id, String base) {
    state.send(call, reader.caller(), found(id, reader, false), base);
  }

  void content(Call call, Reader reader, String id) {
    var operation = found(id, reader, true);
    try (var reserved = memory.reservation()) {
      reserved.require(StoredBody.memoryBytes(operation));
      ContentResponse.send(call, operation, store.content(operation, Part.RESPONSE));
    }
  }

  void cancel(Call call, Reader reader, String id) {
    var before =
        dispatcher
            .cancel(found(id, reader, false).id())
            .orElseThrow(() ->
                new ProblemException(ProblemType.NOT_FOUND, "There is no operation of this id."));
    switch (before) {
      case State.Queued _, State.Held _ -> call.response().status(NO_CONTENT);
      case State.Running _ -> call.response().status(ACCEPTED);
      case State.Ended _ ->
          throw new ProblemException(
              ProblemType.CONFLICT, "The operation has ended already. Read its state.");
    }
    call.respond();
  }

  private Operation found(String text, Reader reader, boolean ofContent) {
    var id = OperationId.parse(text);
    Optional<Operation> operation = id.flatMap(store::find);
    if (operation.isEmpty()) {
      if (ofContent && id.filter(retention::past).isPresent()) {
        throw new ProblemException(
            ProblemType.GONE, "The content was removed: its retention is over.");
      }
      throw new ProblemException(
          ProblemType.NOT_FOUND,
          "There is no operation of this id. Check the id; the operation's retention may be over.");
    }
    if (!reader.mayRead(operation.get().caller())) {
      throw new ProblemException(
          ProblemType.FORBIDDEN,
          "The operation was started by another tenant, user or client. Use a token of the caller"
              + " that started it.");
    }
    return operation.get();
  }
}
