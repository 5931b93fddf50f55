package dev.backlane.gateway.intake;

import dev.backlane.engine.execution.Acceptor;
import dev.backlane.engine.operation.Draft;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.operation.OperationIds;
import dev.backlane.engine.operation.Ownership;
import dev.backlane.engine.operation.Request;
import dev.backlane.engine.store.Acceptance;
import dev.backlane.engine.store.IdempotencyKey;
import dev.backlane.engine.store.content.StagedContent;
import dev.backlane.gateway.http.ProblemException;
import dev.backlane.gateway.seal.CredentialSeal;
import dev.backlane.protocol.ProblemType;
import java.util.Optional;

/// Stores a call as an operation, with its credentials sealed. Thread-safe.
public final class Enqueuer {
  private final OperationIds ids;
  private final Acceptor acceptor;
  private final CredentialSeal seal;
  private final Ownership ownership;

  /// @param ownership decides whose calls an idempotency key is valid for, `auth.ownership`
  public Enqueuer(OperationIds ids, Acceptor acceptor, CredentialSeal seal, Ownership ownership) {
    this.ids = ids;
    this.acceptor = acceptor;
    this.seal = seal;
    this.ownership = ownership;
  }

  OperationId nextId() {
    return ids.next();
  }

  /// Stores a call; durable on return.
  ///
  /// @param fingerprint of the call, if it has an idempotency key
  /// @return the id of the operation: that of an earlier one if the call repeats it
  /// @throws ProblemException if the idempotency key belongs to another call; nothing is stored
  OperationId store(
      BackgroundCall call,
      OperationId id,
      StagedContent content,
      Optional<Fingerprint> fingerprint) {
    var key =
        call.idempotencyKey()
            .map(text -> new IdempotencyKey(text, ownership, fingerprint.orElseThrow().value()));
    return switch (acceptor.accept(draft(call, id, content), content.content(), key)) {
      case Acceptance.Stored _ -> id;
      case Acceptance.Repeated(var first) -> first;
      case Acceptance.KeyReused(var first) ->
          throw new ProblemException(
              ProblemType.IDEMPOTENCY_KEY_REUSE,
              "The Idempotency-Key belongs to operation "
                  + first
                  + ", whose method, URI, content or notification differs. Use a new key for a new"
                  + " call.");
    };
  }

  private Draft draft(BackgroundCall call, OperationId id, StagedContent content) {
    return new Draft(
        id,
        call.caller(),
        new Request(call.method(), call.target(), call.headers(), content.content().length()),
        call.base(),
        call.notification(),
        call.reference(),
        seal.seal(call.credentials(), id, call.caller().tenant()));
  }
}
