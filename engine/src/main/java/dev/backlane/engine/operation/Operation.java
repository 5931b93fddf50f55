package dev.backlane.engine.operation;

import java.util.Optional;

/// A stored call and where it stands. Immutable: a change is a new value of the next [#version()].
///
/// @param id its name, which also tells when it was received
/// @param caller who started it
/// @param request what is sent to the upstream
/// @param base public URL and prefix under which the caller reached Backlane, without a trailing slash; locations told to
///     others stand on it
/// @param notification whom to tell at the end
/// @param route the declared route under which it was accepted, as it is written; empty: none
/// @param reference the caller's own reference, at most 255 characters
/// @param credentials the caller's sealed credentials; empty where there are none and once the operation has ended
/// @param state where it stands
/// @param version counts the changes from 0; a store replaces a value only by the next version of that value
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
    long version) {

  /// Tells whether nothing will change any more.
  public boolean ended() {
    return state instanceof State.Ended;
  }

  /// Throws [IllegalStateException] unless this is how an operation begins.
  public void checkNew() {
    if (ended() || version != 0) {
      throw new IllegalStateException("not a new operation: " + id + " version " + version);
    }
  }

  /// Throws [IllegalStateException] unless `next` may follow this.
  public void checkNext(Operation next) {
    if (!next.id.equals(id) || next.version != version + 1) {
      throw new IllegalStateException(
          "not the next version of " + id + " " + version + ": " + next.version);
    }
    if (ended()) {
      throw new IllegalStateException(
          "operation " + id + " has ended and does not change any more");
    }
  }

  /// The operation's next version. Credentials are not needed after the end and do not outlive it.
  public Operation to(State next) {
    var kept = next instanceof State.Ended ? SealedCredentials.NONE : credentials;
    return new Operation(
        id, caller, request, base, notification, route, reference, kept, next, version + 1);
  }
}
