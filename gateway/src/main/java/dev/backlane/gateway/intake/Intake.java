package dev.backlane.gateway.intake;

import dev.backlane.engine.operation.OperationId;
import dev.backlane.gateway.http.Call;
import dev.backlane.gateway.http.CallHandler;
import dev.backlane.gateway.http.ProblemException;
import dev.backlane.gateway.http.PublicAddress;
import dev.backlane.gateway.ratelimit.RateLimit;
import dev.backlane.protocol.BackgroundApiAcceptedDto;
import dev.backlane.protocol.Headers;
import dev.backlane.protocol.Json;

/// Accepts a call for the background: reads it, stores it, and responds 202 once it is durable.
/// Thread-safe.
///
/// ```text
/// CallReader ─▶ RateLimit ─▶ Capacity ─▶ BodyReader ─▶ Enqueuer ─▶ 202
///                                          (stores; starts if a worker is free)
/// ```
public final class Intake implements CallHandler {
  private static final int ACCEPTED = 202;

  private final CallReader reader;
  private final RateLimit rate;
  private final Capacity capacity;
  private final BodyReader bodies;
  private final Enqueuer enqueuer;
  private final WaitingResponse waiting;

  /// @param rate of calls by one caller
  public Intake(
      CallReader reader,
      RateLimit rate,
      Capacity capacity,
      BodyReader bodies,
      Enqueuer enqueuer,
      WaitingResponse waiting) {
    this.reader = reader;
    this.rate = rate;
    this.capacity = capacity;
    this.bodies = bodies;
    this.enqueuer = enqueuer;
    this.waiting = waiting;
  }

  /// Whether a call has the trigger, and so runs in the background.
  public boolean wants(Call call) {
    return reader.wantsBackground(call);
  }

  /// @throws ProblemException if the call is refused; nothing is stored
  @Override
  public void handle(Call call) {
    var background = reader.read(call);
    rate.admit(background.caller(), call.response());
    bodies.requireFits(background);
    capacity.require(background.caller().tenant());
    var id = enqueuer.nextId();
    var fingerprint = background.idempotencyKey().map(_ -> new Fingerprint(background));
    OperationId stored;
    // Closed before the response, which a client may wait for, or read slowly.
    try (var content = bodies.read(call, id, background.caller(), fingerprint)) {
      // A slow body may have outlasted the token, and others may have filled the disk meanwhile.
      reader.requireUsable(background);
      capacity.requireStorage();
      stored = enqueuer.store(background, id, content, fingerprint);
    }
    respond(call, background, stored);
  }

  private void respond(Call call, BackgroundCall background, OperationId id) {
    var waitTime = background.waitTime();
    if (waitTime.isPresent() && waiting.sendWithin(waitTime.get(), id, background.caller(), call)) {
      return;
    }
    var response = call.response().status(ACCEPTED);
    if (background.respondAsync()) {
      response.set(Headers.PREFERENCE_APPLIED, "respond-async");
    }
    var stateLocation = PublicAddress.state(background.base(), id);
    response.set("Location", stateLocation).set("Content-Type", Json.MEDIA_TYPE);
    call.respond(
        Json.bytes(
            new BackgroundApiAcceptedDto(
                id.toString(), stateLocation, PublicAddress.content(background.base(), id))));
  }
}
