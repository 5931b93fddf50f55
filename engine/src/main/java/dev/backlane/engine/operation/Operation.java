package dev.backlane.engine.operation;

import dev.backlane.engine.operation.history.PastAttempt;
import java.util.List;
import java.util.Optional;

/// A stored call and its state. Immutable: a change is a new value with the next [#version()].
///
/// @param id contains the time of receipt
/// @param caller the caller that started it
/// @param request the request to send to the upstream
/// @param base the public URL and prefix at which the caller reached Backlane, without a trailing
///     slash; the base of all locations in responses and notifications
/// @param notification the receiver to notify of the end
/// @param route the name of the declared route under which it was accepted; empty if none matched
/// @param reference the caller's own reference, at most 255 characters
/// @param credentials the caller's sealed credentials; empty if there are none, and after the end
/// @param state its current state
/// @param version counts changes from 0; a store replaces a value only with its next version
/// @param retryOf the operation of which an operator made this one, to repeat its call
/// @param attempts those that are over, the oldest first, at most [PastAttempt#KEPT_MAX]
public record Operation(
    OperationId id,
    Caller caller,
    Request request,
    String base,
    Notification notification,
    String route,
    Optional<String> reference,
    SealedCredentials credentials,
    State state,
    long version,
    Optional<OperationId> retryOf,
    List<PastAttempt> attempts) {

  public Operation {
    attempts = List.copyOf(attempts);
  }

  /// An operation that repeats no other one, and of which no attempt is over.
  public Operation(
      OperationId id,
      Caller caller,
      Request request,
      String base,
      Notification notification,
      String route,
      Optional<String> reference,
      SealedCredentials credentials,
      State state,
      long version) {
    this(
        id,
        caller,
        request,
        base,
        notification,
        route,
        reference,
        credentials,
        state,
        version,
        Optional.empty(),
        List.of());
  }

  /// Whether the state is final.
  public boolean ended() {
    return state instanceof State.Ended;
  }

  /// Throws [IllegalStateException] unless this is a valid first version.
  public void checkNew() {
    if (ended() || version != 0) {
      throw new IllegalStateException("not a new operation: " + id + " version " + version);
    }
  }

  /// Throws [IllegalStateException] unless `next` is a valid next version.
  public void checkNext(Operation next) {
    if (!next.id.equals(id) || next.version != version + 1) {
      throw new IllegalStateException(
          "not the next version of " + id + " " + version + ": " + next.version);
    }
    if (ended()) {
      throw new IllegalStateException("operation " + id + " has ended and cannot change");
    }
  }

  /// The operation's next version. Credentials are removed at the end.
  public Operation to(State next) {
    return to(next, attempts);
  }

  /// The operation's next version after an attempt.
  public Operation to(State next, PastAttempt attempt) {
    return to(next, attempt.after(attempts));
  }

  private Operation to(State next, List<PastAttempt> past) {
    var kept = next instanceof State.Ended ? SealedCredentials.NONE : credentials;
    return new Operation(
        id,
        caller,
        request,
        base,
        notification,
        route,
        reference,
        kept,
        next,
        version + 1,
        retryOf,
        past);
  }
}
