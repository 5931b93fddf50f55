package dev.backlane.gateway.operations;

import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.State;
import dev.backlane.engine.operation.history.PastAttempt.Result;
import java.util.Optional;
import java.util.Set;

/// Whether an operator must confirm that the call of an ended operation is repeated. Stateless.
final class RetryRule {
  private static final int ERROR_MIN = 400;

  /// Responses of a gateway that does not know what the API behind it has done.
  private static final Set<Integer> UNCERTAIN = Set.of(502, 504);

  private RetryRule() {}

  /// Why a repetition must be confirmed; empty if it does no harm.
  ///
  /// @param repeatable whether the call may be repeated whatever its outcome, by its method or its
  ///     route
  static Optional<String> confirmation(Operation operation, boolean repeatable) {
    return repeatable
        ? Optional.empty()
        : mayHaveActed(operation)
            .map(why ->
                why
                    + ", and a "
                    + operation.request().method()
                    + " may have an effect each time. Check in the API whether it has had its"
                    + " effect, and retry with confirm=true if it may be repeated.");
  }

  private static Optional<String> mayHaveActed(Operation operation) {
    return switch (operation.state()) {
      case State.Finished finished -> ofStatus(finished.response().statusCode());
      case State.Failed failed ->
          switch (failed.code()) {
            case OUTCOME_UNKNOWN, INTERNAL, CONTENT_DAMAGED, RESPONSE_TOO_LARGE ->
                Optional.of(
                    "The upstream may have acted on the call (" + failed.code().wire() + ")");
            case UPSTREAM_UNREACHABLE, DEADLINE_EXCEEDED, CANCELED, CREDENTIALS_EXPIRED ->
                Optional.empty();
          };
      case State.Canceled _ ->
          operation.attempts().stream().anyMatch(attempt -> attempt.result() == Result.ABORTED)
              ? Optional.of("The call was canceled while it was running")
              : Optional.empty();
      case State.Queued _, State.Held _, State.Running _ -> Optional.empty();
    };
  }

  private static Optional<String> ofStatus(int status) {
    if (status < ERROR_MIN) {
      return Optional.of("The call has succeeded with status " + status);
    }
    return UNCERTAIN.contains(status)
        ? Optional.of("The upstream may have acted on the call (status " + status + ")")
        : Optional.empty();
  }
}
