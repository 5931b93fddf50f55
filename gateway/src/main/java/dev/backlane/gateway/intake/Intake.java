package dev.backlane.gateway.intake;

import dev.backlane.engine.execution.Acceptor;
import dev.backlane.engine.execution.Completions;
import dev.backlane.engine.execution.Dispatcher;
import dev.backlane.engine.operation.Draft;
import dev.backlane.engine.operation.Header;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.operation.OperationIds;
import dev.backlane.engine.operation.Request;
import dev.backlane.engine.store.Acceptance;
import dev.backlane.engine.store.Admission;
import dev.backlane.engine.store.IdempotencyKey;
import dev.backlane.engine.store.OperationStore;
import dev.backlane.engine.store.content.Part;
import dev.backlane.engine.store.content.StagedContent;
import dev.backlane.engine.store.content.TooLargeException;
import dev.backlane.gateway.http.ProblemException;
import dev.backlane.gateway.http.Problems;
import dev.backlane.gateway.http.PublicAddress;
import dev.backlane.gateway.http.SlowClients;
import dev.backlane.gateway.ratelimit.RateLimit;
import dev.backlane.protocol.BackgroundApiAcceptedDto;
import dev.backlane.protocol.Headers;
import dev.backlane.protocol.Json;
import dev.backlane.protocol.ProblemType;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.net.ProtocolException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;

/// Accepts a call for the background: reads it, stores it, and answers 202 once it is durable. Thread-safe.
///
/// ```text
/// authenticate ─▶ read the trigger ─▶ room? ─▶ read the body ─▶ store (and start, if a worker is free) ─▶ 202
/// ```
public final class Intake {
  // Where the next request begins cannot be known.
  private static final Header LAST_ANSWER = new Header("Connection", "close");

  private final CallReader desk;
  private final Limits limits;
  private final RateLimit rate;
  private final OperationIds ids;
  private final OperationStore store;
  private final Admission admission;
  private final Dispatcher dispatcher;
  private final Acceptor acceptor;
  private final WaitingResponse lateAnswer;
  private final InstantSource clock;
  private final SlowClients slowClients;

  /// What is accepted at most.
  ///
  /// @param requestBytesMax bytes of a request's body
  /// @param queueMax operations that wait for a worker
  /// @param waitMax the cap of `Prefer: wait=N`
  /// @param retention how long an idempotency key counts
  public record Limits(long requestBytesMax, long queueMax, Duration waitMax, Duration retention) {}

  /// The engine's parts that intake works with.
  ///
  /// @param admission tells whether the store has room for more
  public record Engine(
      OperationIds ids,
      OperationStore store,
      Admission admission,
      Dispatcher dispatcher,
      Completions completions,
      InstantSource clock) {}

  /// @param desk reads and checks what a caller wants
  /// @param rate of calls by one caller
  /// @param slowClients bounds how long a body is waited for
  public Intake(
      CallReader desk, Limits limits, RateLimit rate, Engine engine, SlowClients slowClients) {
    this.desk = desk;
    this.limits = limits;
    this.rate = rate;
    this.ids = engine.ids();
    this.store = engine.store();
    this.admission = engine.admission();
    this.dispatcher = engine.dispatcher();
    this.acceptor = new Acceptor(engine.store(), engine.dispatcher(), engine.clock());
    this.lateAnswer = new WaitingResponse(engine.store(), engine.completions());
    this.clock = engine.clock();
    this.slowClients = slowClients;
  }

  /// Handles one call for the background.
  ///
  /// @throws ProblemException if it is refused; nothing is stored
  public void accept(ServerRequest request, ServerResponse response) {
    var order = desk.order(request);
    rate.admit(order.caller(), response);
    admit(order);
    var id = ids.next();
    var fingerprint = order.idempotencyKey().map(_ -> new Fingerprint(order));
    try (var body = read(request, response, id, order.caller().tenant(), fingerprint)) {
      var key = order.idempotencyKey().map(text -> idempotencyKey(text, fingerprint.orElseThrow()));
      var accepted = store(order, id, body, key);
      answer(order, accepted, response);
    }
  }

  private void admit(BackgroundCall order) {
    if (order.contentLength() > limits.requestBytesMax()) {
      // Not the last answer of its connection: FrontDoor reads a body of moderate size to its end.
      // A connection that is closed with bytes unread is reset, and the client loses the answer.
      throw tooLarge();
    }
    if (dispatcher.draining()) {
      throw Problems.overloaded(
          "The gateway is shutting down; nothing was stored. Send the call again.");
    }
    if (store.queued() >= limits.queueMax()) {
      throw Problems.overloaded(
          "The queue is full (limits.queue-max "
              + limits.queueMax()
              + "); nothing was stored. Try again later.");
    }
    // Why in full names the operator's disk or server, which is not the caller's to know.
    if (admission.refusal().isPresent()) {
      throw Problems.overloaded(
          "The gateway takes no calls at present ("
              + admission.reason()
              + "); nothing was stored. Try again later.");
    }
  }

  private StagedContent read(
      ServerRequest request,
      ServerResponse response,
      OperationId id,
      String tenant,
      Optional<Fingerprint> fingerprint) {
    if (!request.content().hasEntity()) {
      return StagedContent.empty();
    }
    try {
      var body = slowClients.body(request, response);
      return StagedContent.read(
          fingerprint.map(watching -> watching.over(body)).orElse(body),
          limits.requestBytesMax(),
          () -> store.spool(id, tenant, Part.REQUEST));
    } catch (TooLargeException more) {
      throw tooLarge(LAST_ANSWER);
    } catch (ProtocolException malformed) {
      throw unreadable(
          "The request's body is not framed as HTTP/1.1 has it (RFC 9112 section 7.1); nothing was stored.");
    } catch (IOException broken) {
      throw unreadable(
          "The request's body broke off before its end; nothing was stored. Send it again.");
    }
  }

  private IdempotencyKey idempotencyKey(String key, Fingerprint fingerprint) {
    return new IdempotencyKey(key, fingerprint.value(), clock.instant().minus(limits.retention()));
  }

  private OperationId store(
      BackgroundCall order, OperationId id, StagedContent body, Optional<IdempotencyKey> key) {
    return switch (acceptor.accept(draft(order, id, body), body.content(), key)) {
      case Acceptance.Stored _ -> id;
      case Acceptance.Repeated(var first) -> first;
      case Acceptance.KeyReused(var first) ->
          throw new ProblemException(
              ProblemType.IDEMPOTENCY_KEY_REUSE,
              "The Idempotency-Key belongs to operation "
                  + first
                  + ", whose method, URI or body differs. Use a new key for a new call.");
    };
  }

  private Draft draft(BackgroundCall order, OperationId id, StagedContent body) {
    return new Draft(
        id,
        order.caller(),
        new Request(order.method(), order.target(), order.headers(), body.content().length()),
        order.base(),
        order.notification(),
        order.reference(),
        desk.seal(order.credentials(), id, order.caller().tenant()));
  }

  private void answer(BackgroundCall order, OperationId id, ServerResponse response) {
    if (order.patience().isPresent()) {
      var patience = order.patience().get();
      var capped = patience.compareTo(limits.waitMax()) < 0 ? patience : limits.waitMax();
      if (lateAnswer.sendWithin(capped, id, response)) {
        return;
      }
    }
    if (order.respondAsync()) {
      response.header(Headers.PREFERENCE_APPLIED, "respond-async");
    }
    var stateLocation = PublicAddress.state(order.base(), id);
    response.status(Status.ACCEPTED_202);
    response.header("Location", stateLocation);
    response.header("Content-Type", "application/json");
    response.send(
        Json.bytes(
            new BackgroundApiAcceptedDto(
                id.toString(), stateLocation, PublicAddress.content(order.base(), id))));
  }

  private static ProblemException unreadable(String detail) {
    return new ProblemException(ProblemType.INVALID_REQUEST, detail, LAST_ANSWER);
  }

  private ProblemException tooLarge(Header... headers) {
    return new ProblemException(
        ProblemType.PAYLOAD_TOO_LARGE,
        "The request's body is larger than "
            + limits.requestBytesMax()
            + " bytes (limits.request-body-max); nothing was stored.",
        headers);
  }
}
