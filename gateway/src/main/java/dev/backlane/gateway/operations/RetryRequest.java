package dev.backlane.gateway.operations;

import java.util.Optional;

/// How an operator retries an operation.
///
/// @param confirmed whether the call may be repeated although the upstream may have acted on it
/// @param authorization the `Authorization` of the new call, where the upstream gets the caller's
///     own; an empty text: none. Empty: the operator has stated nothing
public record RetryRequest(boolean confirmed, Optional<String> authorization) {
  /// Without a confirmation and without credentials.
  public static final RetryRequest PLAIN = new RetryRequest(false, Optional.empty());

  /// Whether there are credentials, never their text.
  @Override
  public String toString() {
    return "RetryRequest[confirmed="
        + confirmed
        + ", authorization="
        + authorization.isPresent()
        + "]";
  }
}
