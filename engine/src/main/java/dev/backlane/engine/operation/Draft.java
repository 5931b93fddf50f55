package dev.backlane.engine.operation;

import java.util.Optional;

/// An operation that is about to be accepted: all that its caller decides.
///
/// @param base public URL and prefix under which the caller reached Backlane, without a trailing slash
public record Draft(
    OperationId id,
    Caller caller,
    Request request,
    String base,
    Notification notification,
    Optional<String> reference,
    SealedCredentials credentials) {

  /// The operation's first version.
  ///
  /// @param route the declared route under which it is accepted; empty: none
  public Operation beginning(String route, State state) {
    return new Operation(
        id, caller, request, base, notification, route, reference, credentials, state, 0);
  }
}
