package dev.backlane.gateway.operations;

import dev.backlane.engine.operation.Header;
import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.OperationId;
import dev.backlane.engine.operation.SealedCredentials;
import dev.backlane.engine.operation.history.PastAttempt;
import dev.backlane.gateway.seal.CredentialSeal;
import java.util.List;
import java.util.Optional;

/// The credentials of a retry. Those of the original were removed at its end, so a retry has those
/// that the gateway obtains for it (`upstream.credentials`), or the ones that the operator gives.
/// Thread-safe.
public final class RetryCredentials {
  private final CredentialSeal seal;
  private final boolean ofCaller;

  /// @param ofCaller whether the upstream gets the caller's token, or one exchanged for it
  public RetryCredentials(CredentialSeal seal, boolean ofCaller) {
    this.seal = seal;
    this.ofCaller = ofCaller;
  }

  /// What a retry is sent with.
  sealed interface Choice {
    /// These, sealed for the retry.
    record Use(SealedCredentials credentials) implements Choice {}

    /// There are none that can be used.
    ///
    /// @param detail why, and what to do
    record Missing(String detail) implements Choice {}
  }

  /// Chooses the credentials of a retry.
  ///
  /// @param retry the id of the new operation, for which they are sealed
  Choice of(Operation original, OperationId retry, Optional<String> authorization) {
    if (!ofCaller) {
      return authorization.isPresent()
          ? new Choice.Missing(
              "The gateway obtains the credentials of this call itself (upstream.credentials). Omit"
                  + " 'authorization'.")
          : new Choice.Use(SealedCredentials.NONE);
    }
    if (authorization.isPresent()) {
      return new Choice.Use(sealed(original, retry, authorization.get()));
    }
    return hadNone(original)
        ? new Choice.Use(SealedCredentials.NONE)
        : new Choice.Missing(
            "The upstream gets the caller's own credentials (upstream.credentials), which are"
                + " removed when an operation ends. Let the caller make the call again, or state"
                + " 'authorization': the credentials for the retry, or an empty text for none.");
  }

  private SealedCredentials sealed(Operation original, OperationId retry, String authorization) {
    return authorization.isEmpty()
        ? SealedCredentials.NONE
        : seal.seal(
            List.of(new Header("Authorization", authorization)), retry, original.caller().tenant());
  }

  // Known of an operation with an attempt.
  private static boolean hadNone(Operation original) {
    return !original.attempts().isEmpty()
        && original.attempts().stream().noneMatch(PastAttempt::withCredentials);
  }
}
