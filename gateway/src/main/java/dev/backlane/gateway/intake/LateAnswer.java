package dev.backlane.gateway.intake;

import dev.backlane.engine.execution.Completions;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.operation.Reply;
import dev.backlane.engine.operation.State;
import dev.backlane.engine.store.OperationStore;
import dev.backlane.engine.store.Part;
import dev.backlane.gateway.http.StoredBody;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerResponse;
import java.time.Duration;
import java.util.Optional;

/// Gives a caller that would wait (RFC 7240 section 4.3) the upstream's plain answer, if it comes in time. Thread-safe.
final class LateAnswer {
  private final OperationStore store;
  private final Completions completions;

  LateAnswer(OperationStore store, Completions completions) {
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
    Optional<Reply> reply =
        store
            .find(id)
            .map(Operation::state)
            .filter(State.Finished.class::isInstance)
            .map(State.Finished.class::cast)
            .map(State.Finished::reply);
    reply.ifPresent(answer -> send(id, answer, response));
    return reply.isPresent();
  }

  private void send(OperationId id, Reply reply, ServerResponse response) {
    response.status(Status.create(reply.statusCode()));
    reply.headers().stream()
        .filter(header -> !header.is("Content-Length"))
        .forEach(header -> StoredBody.add(response, header));
    StoredBody.send(response, store.content(id, Part.RESPONSE));
  }
}
