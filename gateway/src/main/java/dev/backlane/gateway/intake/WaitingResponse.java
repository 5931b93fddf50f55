package dev.backlane.gateway.intake;

import dev.backlane.engine.execution.Completions;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.operation.Response;
import dev.backlane.engine.operation.State;
import dev.backlane.engine.store.OperationStore;
import dev.backlane.engine.store.content.Part;
import dev.backlane.gateway.http.StoredBody;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerResponse;
import java.time.Duration;

/// Gives a caller that would wait (RFC 7240 section 4.3) the upstream's plain answer, if it comes in time. Thread-safe.
final class WaitingResponse {
  private final OperationStore store;
  private final Completions completions;

  WaitingResponse(OperationStore store, Completions completions) {
    this.store = store;
    this.completions = completions;
  }

  /// Sends the upstream's answer if the operation has one within the time.
  ///
  /// @return false if it has none yet, or never will: nothing was sent
  boolean sendWithin(Duration time, OperationId id, ServerResponse response) {
    try {
      completions.await(id, time, () -> store.find(id).filter(Operation::ended).isPresent());
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
    var operation = store.find(id);
    if (operation.isPresent() && operation.get().state() instanceof State.Finished finished) {
      send(operation.get(), finished.response(), response);
      return true;
    }
    return false;
  }

  private void send(Operation operation, Response reply, ServerResponse response) {
    response.status(Status.create(reply.statusCode()));
    reply.headers().stream()
        .filter(header -> !header.is("Content-Length"))
        .forEach(header -> StoredBody.add(response, header));
    StoredBody.send(response, store.content(operation, Part.RESPONSE));
  }
}
