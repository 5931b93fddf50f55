package dev.backlane.gateway.intake;

import dev.backlane.engine.memory.MemoryBudget;
import dev.backlane.engine.memory.OverBudgetException;
import dev.backlane.engine.operation.Caller;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.operation.Response;
import dev.backlane.engine.operation.State;
import dev.backlane.engine.store.OperationStore;
import dev.backlane.engine.store.content.Part;
import dev.backlane.gateway.api.CrossOrigin;
import dev.backlane.gateway.forwarding.UpstreamLocations;
import dev.backlane.gateway.http.Call;
import dev.backlane.gateway.http.StoredBody;
import dev.backlane.gateway.ratelimit.Waits;
import dev.backlane.protocol.ResponseCredentials;
import java.time.Duration;

/// Sends the upstream's own response to a caller that requested to wait for it (RFC 7240 section
/// 4.3), if it arrives in time. Thread-safe.
public final class WaitingResponse {
  private final OperationStore store;
  private final MemoryBudget memory;
  private final UpstreamLocations locations;
  private final Waits waits;

  /// @param memory for the responses that are being sent
  /// @param locations those of the upstream's responses
  public WaitingResponse(
      OperationStore store, MemoryBudget memory, UpstreamLocations locations, Waits waits) {
    this.store = store;
    this.memory = memory;
    this.locations = locations;
    this.waits = waits;
  }

  /// Sends the upstream's response if the operation has one in time.
  ///
  /// @param wait the wait that the caller requested
  /// @param caller another than that of the operation gets its response without credentials
  /// @return false if it has none yet, or never will, if the caller waits too often at the same
  ///     time, or if there is no memory to send it: nothing was sent
  boolean sendWithin(Duration wait, OperationId id, Caller caller, Call call) {
    var permit = waits.inFlight().tryBegin(caller, call);
    if (permit.isEmpty()) {
      return false;
    }
    try (var _ = permit.get()) {
      waits.await(id, wait, () -> store.find(id).filter(Operation::ended).isPresent());
    }
    var operation = store.find(id);
    if (operation.isPresent() && operation.get().state() instanceof State.Finished finished) {
      return send(operation.get(), finished.response(), caller, call);
    }
    return false;
  }

  private boolean send(Operation operation, Response stored, Caller caller, Call call) {
    try (var reserved = memory.reservation()) {
      reserved.require(StoredBody.memoryBytes(operation));
      respond(operation, stored, operation.caller().equals(caller), call);
      return true;
    } catch (OverBudgetException full) {
      return false;
    }
  }

  private void respond(Operation operation, Response stored, boolean ofCaller, Call call) {
    var content = store.content(operation, Part.RESPONSE);
    var head = call.response().status(stored.statusCode());
    // The response is the upstream's, which knows the origin of the call.
    CrossOrigin.withdraw(head);
    stored.headers().stream()
        .filter(header -> !header.is("Content-Length"))
        .filter(header -> ofCaller || !ResponseCredentials.isOne(header.name(), header.value()))
        .map(locations::of)
        .forEach(header -> head.add(header.name(), header.value()));
    StoredBody.send(call, content);
  }
}
