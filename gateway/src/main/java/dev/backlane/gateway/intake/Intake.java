package dev.backlane.gateway.intake;

import dev.backlane.engine.operation.OperationId;
import dev.backlane.gateway.http.Call;
import dev.backlane.gateway.http.CallHandler;
import dev.backlane.gateway.http.ProblemException;
import dev.backlane.gateway.http.PublicAddress;
import dev.backlane.gateway.tracing.Tracing;
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
  private final CallLimits limits;
  private final BodyReader bodies;
  private final Enqueuer enqueuer;
  private final WaitingResponse waiting;
  private final Tracing tracing;

  /// @param tracing records accepts; the context of a call is stored with its header fields
  public Intake(
      CallReader reader,
      CallLimits limits,
      BodyReader bodies,
      Enqueuer enqueuer,
      WaitingResponse waiting,
      Tracing tracing) {
    this.reader = reader;
    this.limits = limits;
    this.bodies = bodies;
    this.enqueuer = enqueuer;
    this.waiting = waiting;
    this.tracing = tracing;
  }

  /// Whether a call has the trigger, and so runs in the background.
  public boolean wants(Call call) {
    return reader.wantsBackground(call);
  }

  /// @throws ProblemException if the call is refused; nothing is stored
  @Override
  public void handle(Call call) {
    BackgroundCall background;
    OperationId stored;
    // Ends before the response, which may wait for the operation.
    try (var span = tracing.accept(call.method(), call.headers())) {
      try {
        background = reader.read(call);
        stored = store(call, background.withHeaders(span.propagate(background.headers())));
      } catch (RuntimeException refused) {
        span.failed(refused.getClass().getSimpleName());
        throw refused;
      }
      span.set("backlane.operation.id", stored.toString());
      span.set("backlane.tenant", background.caller().tenant());
      span.set("http.response.status_code", ACCEPTED);
    }
    respond(call, background, stored);
  }

  private OperationId store(Call call, BackgroundCall background) {
    limits.rate().admit(background.caller(), call.response());
    bodies.requireFits(background);
    limits.capacity().require(background.caller().tenant());
    var id = enqueuer.nextId();
    var fingerprint = background.idempotencyKey().map(_ -> new Fingerprint(background));
    // Closed before the response, which a client may wait for, or read slowly.
    try (var content = bodies.read(call, id, background.caller(), fingerprint)) {
      // A slow body may have outlasted the token, and others may have filled the disk meanwhile.
      reader.requireUsable(background);
      limits.capacity().requireStorage();
      return enqueuer.store(background, id, content, fingerprint);
    }
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
