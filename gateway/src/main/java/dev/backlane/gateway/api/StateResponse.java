package dev.backlane.gateway.api;

import dev.backlane.engine.execution.Completions;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.State;
import dev.backlane.engine.store.OperationStore;
import dev.backlane.gateway.http.Calls;
import dev.backlane.gateway.http.EntityTag;
import dev.backlane.gateway.http.ProblemException;
import dev.backlane.gateway.http.PublicAddress;
import dev.backlane.gateway.http.Query;
import dev.backlane.protocol.Headers;
import dev.backlane.protocol.Json;
import dev.backlane.protocol.Preferences;
import dev.backlane.protocol.ProblemType;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.time.Duration;
import java.time.InstantSource;

/// Answers a question for an operation's state, at once or when it has ended. Thread-safe.
final class StateResponse {
  private static final long POLL_SECONDS_MIN = 1;
  private static final long POLL_SECONDS_MAX = 30;
  // A client that comes back after a tenth of the age so far learns of the end at most a tenth
  // late.
  private static final long POLLS_PER_AGE = 10;

  private final OperationStore store;
  private final Completions completions;
  private final PublicAddress publicAddress;
  private final InstantSource clock;
  private final Duration waitMax;

  StateResponse(
      OperationStore store,
      Completions completions,
      PublicAddress publicAddress,
      InstantSource clock,
      Duration waitMax) {
    this.store = store;
    this.completions = completions;
    this.publicAddress = publicAddress;
    this.clock = clock;
    this.waitMax = waitMax;
  }

  void send(ServerRequest request, ServerResponse response, Operation found, String base) {
    var operation = awaited(request, found);
    var mediaType = Accepted.json(Calls.values(request, "Accept"));
    var tag =
        EntityTag.of(operation.version() + (mediaType.equals(Accepted.TEXT_JSON) ? "-text" : ""));
    response.header("ETag", tag.toString());
    response.header("Vary", "Accept");
    response.header("Cache-Control", "private, no-cache");
    if (!operation.ended()) {
      response.header("Retry-After", Long.toString(retryAfterSeconds(operation)));
    }
    if (tag.matches(Calls.values(request, "If-None-Match"))) {
      response.status(Status.NOT_MODIFIED_304).send();
      return;
    }
    response.header("Content-Type", mediaType);
    response.send(Json.bytes(StateDocument.of(operation, base, publicAddress)));
  }

  private Operation awaited(ServerRequest request, Operation found) {
    var wait = wait(request);
    if (found.ended() || wait.isZero()) {
      return found;
    }
    try {
      completions.await(
          found.id(), wait, () -> store.find(found.id()).map(Operation::ended).orElse(true));
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
    return store
        .find(found.id())
        .orElseThrow(() ->
            new ProblemException(
                ProblemType.NOT_FOUND, "The operation's retention has just ended."));
  }

  private Duration wait(ServerRequest request) {
    var asked =
        Query.of(request)
            .seconds("wait")
            .orElseGet(() ->
                Duration.ofSeconds(
                    Preferences.parse(Calls.values(request, Headers.PREFER))
                        .waitSeconds()
                        .orElse(0)));
    return asked.compareTo(waitMax) < 0 ? asked : waitMax;
  }

  private long retryAfterSeconds(Operation operation) {
    var now = clock.instant();
    long age = Duration.between(operation.id().receivedAt(), now).toSeconds();
    long untilDue =
        operation.state() instanceof State.Queued queued
            ? Duration.between(now, queued.dueAt()).toSeconds()
            : 0;
    return Math.clamp(Math.max(age / POLLS_PER_AGE, untilDue), POLL_SECONDS_MIN, POLL_SECONDS_MAX);
  }
}
