package dev.backlane.engine.operation;

import java.util.List;
import java.util.Optional;

/// An operation that is about to be accepted: the parts that its caller determines.
///
/// @param base the public URL and prefix at which the caller reached Backlane, without a trailing
///     slash
/// @param retryOf the operation whose call it repeats for an operator
public record Draft(
    OperationId id,
    Caller caller,
    Request request,
    String base,
    Notification notification,
    Optional<String> reference,
    SealedCredentials credentials,
    Optional<OperationId> retryOf) {

  /// A draft that repeats no other operation.
  public Draft(
      OperationId id,
      Caller caller,
      Request request,
      String base,
      Notification notification,
      Optional<String> reference,
      SealedCredentials credentials) {
    this(id, caller, request, base, notification, reference, credentials, Optional.empty());
  }

  /// The operation's first version.
  ///
  /// @param route the declared route that covers the request; empty if none does
  public Operation beginning(String route, State state) {
    return new Operation(
        id,
        caller,
        request,
        base,
        notification,
        route,
        reference,
        credentials,
        state,
        0,
        retryOf,
        List.of());
  }
}
