package dev.backlane.gateway.api;

import dev.backlane.engine.execution.Completions;
import dev.backlane.engine.execution.Dispatcher;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.operation.State;
import dev.backlane.engine.retention.Retention;
import dev.backlane.engine.store.OperationStore;
import dev.backlane.engine.store.content.Part;
import dev.backlane.gateway.auth.RequestAuthorizer;
import dev.backlane.gateway.http.Calls;
import dev.backlane.gateway.http.Methods;
import dev.backlane.gateway.http.ProblemException;
import dev.backlane.gateway.http.PublicAddress;
import dev.backlane.gateway.ratelimit.RateLimit;
import dev.backlane.protocol.ProblemType;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;

/// Answers what lies below `/v1/background`: list, state, content and cancel. Thread-safe.
public final class BackgroundApi {
  private static final String CONTENT = "/content";

  private final RequestAuthorizer gatekeeper;
  private final RateLimit rate;
  private final PublicAddress publicAddress;
  private final OperationStore store;
  private final Dispatcher dispatcher;
  private final Retention retention;
  private final StateResponse stateAnswer;
  private final ListResponse listAnswer;

  /// The engine's parts that the API works with.
  ///
  /// @param waitMax the cap of `wait`
  public record Engine(
      OperationStore store,
      Dispatcher dispatcher,
      Completions completions,
      Retention retention,
      InstantSource clock,
      Duration waitMax) {}

  /// @param gatekeeper tells who asks
  /// @param rate of questions by one caller
  /// @param publicAddress where locations stand
  public BackgroundApi(
      RequestAuthorizer gatekeeper, RateLimit rate, PublicAddress publicAddress, Engine engine) {
    this.gatekeeper = gatekeeper;
    this.rate = rate;
    this.publicAddress = publicAddress;
    this.store = engine.store();
    this.dispatcher = engine.dispatcher();
    this.retention = engine.retention();
    this.stateAnswer =
        new StateResponse(
            store, engine.completions(), publicAddress, engine.clock(), engine.waitMax());
    this.listAnswer = new ListResponse(store, retention, publicAddress);
  }

  /// Tells whether a raw path belongs to this API, under the bare address or a prefix.
  public boolean owns(String rawPath) {
    var path = withoutPrefix(rawPath);
    return path.equals(PublicAddress.BACKGROUND) || path.startsWith(PublicAddress.BACKGROUND + "/");
  }

  /// Answers one request that [#owns] is true for.
  ///
  /// @throws ProblemException if it cannot be answered as asked
  public void answer(ServerRequest request, ServerResponse response) {
    var caller = gatekeeper.admit(request);
    rate.admit(caller, response);
    var rest = withoutPrefix(Calls.path(request)).substring(PublicAddress.BACKGROUND.length());
    var base = publicAddress.baseOf(Calls.path(request));
    var method = Methods.of(request);
    if (rest.isEmpty()) {
      Methods.allow(method, "GET, HEAD");
      listAnswer.send(request, response, caller, base);
      return;
    }
    var name = rest.substring(1);
    boolean ofContent = name.endsWith(CONTENT);
    Methods.allow(method, ofContent ? "GET, HEAD" : "GET, HEAD, DELETE");
    var id = ofContent ? name.substring(0, name.length() - CONTENT.length()) : name;
    var operation = find(id, ofContent);
    if (!operation.caller().sharesWith(caller)) {
      throw new ProblemException(
          ProblemType.FORBIDDEN,
          "The operation was started by another company or user. Use the token that started it.");
    }
    if (ofContent) {
      ContentResponse.send(request, response, operation, store.content(operation, Part.RESPONSE));
    } else if (method.equals("DELETE")) {
      cancel(operation.id(), response);
    } else {
      stateAnswer.send(request, response, operation, base);
    }
  }

  private String withoutPrefix(String rawPath) {
    return rawPath.substring(publicAddress.prefixOf(rawPath).length());
  }

  private Operation find(String text, boolean ofContent) {
    var id = OperationId.parse(text);
    Optional<Operation> operation =
        id.flatMap(store::find).filter(found -> !retention.expired(found));
    if (operation.isPresent()) {
      return operation.get();
    }
    if (ofContent && id.filter(retention::past).isPresent()) {
      throw new ProblemException(
          ProblemType.GONE, "The content was removed: its retention is over.");
    }
    throw new ProblemException(
        ProblemType.NOT_FOUND,
        "There is no operation of this id. Check it, or its retention is over.");
  }

  private void cancel(OperationId id, ServerResponse response) {
    var found =
        dispatcher
            .cancel(id)
            .orElseThrow(() ->
                new ProblemException(ProblemType.NOT_FOUND, "There is no operation of this id."));
    switch (found) {
      case State.Queued _ -> response.status(Status.NO_CONTENT_204).send();
      case State.Running _ -> response.status(Status.ACCEPTED_202).send();
      case State.Ended _ ->
          throw new ProblemException(
              ProblemType.CONFLICT, "The operation has ended already. Read its state.");
    }
  }
}
