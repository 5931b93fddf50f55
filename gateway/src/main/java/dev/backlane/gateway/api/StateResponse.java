package dev.backlane.gateway.api;

import dev.backlane.engine.operation.Caller;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.State;
import dev.backlane.engine.store.OperationStore;
import dev.backlane.gateway.forwarding.UpstreamLocations;
import dev.backlane.gateway.http.Call;
import dev.backlane.gateway.http.EntityTag;
import dev.backlane.gateway.http.ProblemException;
import dev.backlane.gateway.http.PublicAddress;
import dev.backlane.gateway.http.Query;
import dev.backlane.gateway.ratelimit.Waits;
import dev.backlane.protocol.Headers;
import dev.backlane.protocol.Json;
import dev.backlane.protocol.Preferences;
import dev.backlane.protocol.ProblemType;
import java.time.Duration;
import java.time.InstantSource;

/// Sends the state of an operation, at once or, if the caller waits, when it has ended.
/// Thread-safe.
public final class StateResponse {
  private static final long POLL_SECONDS_MIN = 1;
  private static final long POLL_SECONDS_MAX = 30;
  private static final int NOT_MODIFIED = 304;

  // A client that polls again after a tenth of the operation's age sees the end with a delay of at
  // most a tenth of the operation's duration.
  private static final long POLLS_PER_AGE = 10;

  private final OperationStore store;
  private final PublicAddress publicAddress;
  private final InstantSource clock;
  private final UpstreamLocations locations;
  private final Waits waits;

  /// @param locations those of the upstream's responses
  public StateResponse(
      OperationStore store,
      PublicAddress publicAddress,
      InstantSource clock,
      UpstreamLocations locations,
      Waits waits) {
    this.store = store;
    this.publicAddress = publicAddress;
    this.clock = clock;
    this.locations = locations;
    this.waits = waits;
  }

  void send(Call call, Caller caller, Operation found, String base) {
    var operation = awaited(call, caller, found);
    var mediaType = Accepted.json(call.values("Accept"));
    var tag =
        EntityTag.of(operation.version() + (mediaType.equals(Accepted.TEXT_JSON) ? "-text" : ""));
    var head = call.response();
    head.set("ETag", tag.toString());
    head.add("Vary", "Accept");
    head.set("Cache-Control", "private, no-cache");
    if (!operation.ended()) {
      head.set("Retry-After", Long.toString(retryAfterSeconds(operation)));
    }
    if (tag.matches(call.values("If-None-Match"))) {
      head.status(NOT_MODIFIED);
      call.respond();
      return;
    }
    head.set("Content-Type", mediaType);
    call.respond(Json.bytes(StateDocument.of(operation, base, publicAddress, locations)));
  }

  private Operation awaited(Call call, Caller caller, Operation found) {
    var wait = wait(call);
    if (found.ended() || wait.isZero()) {
      return found;
    }
    try (var _ = waits.inFlight().begin(caller, call)) {
      waits.await(
          found.id(), wait, () -> store.find(found.id()).map(Operation::ended).orElse(true));
    }
    return store
        .find(found.id())
        .orElseThrow(() ->
            new ProblemException(
                ProblemType.NOT_FOUND, "The operation's retention has just ended."));
  }

  private Duration wait(Call call) {
    var requested =
        Query.of(call)
            .seconds("wait")
            .orElseGet(() ->
                Duration.ofSeconds(
                    Preferences.parse(call.values(Headers.PREFER)).waitSeconds().orElse(0)));
    return waits.capped(requested);
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
