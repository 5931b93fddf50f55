package dev.backlane.engine.execution;

import dev.backlane.engine.operation.Operation;
import dev.backlane.engine.operation.State;
import dev.backlane.engine.operation.Verdict;
import dev.backlane.engine.operation.history.PastAttempt;
import dev.backlane.engine.operation.history.PastAttempt.Result;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/// When an attempt was made.
///
/// @param startedAt empty if it is not known
/// @param took zero if it is not known
record AttemptTiming(Optional<Instant> startedAt, Duration took) {
  /// Of an attempt whose process has died or whose thread has not returned.
  static final AttemptTiming UNKNOWN = new AttemptTiming(Optional.empty(), Duration.ZERO);

  /// The attempt of a running operation, with its verdict.
  PastAttempt attempt(Operation running, Verdict verdict) {
    return switch (verdict) {
      case Verdict.Responded(var response, var _) ->
          attempt(running, Result.RESPONDED, response.statusCode(), "");
      case Verdict.NotSent(var _, var cause) -> attempt(running, Result.NOT_SENT, 0, cause);
      case Verdict.Unknown(var cause) -> attempt(running, Result.UNKNOWN, 0, cause);
      case Verdict.Unusable(var _, var cause) -> attempt(running, Result.UNUSABLE, 0, cause);
    };
  }

  /// The attempt of a running operation that is canceled.
  PastAttempt aborted(Operation running) {
    return attempt(running, Result.ABORTED, 0, "");
  }

  private PastAttempt attempt(Operation running, Result result, int statusCode, String error) {
    var state = running.state();
    var node = state instanceof State.Running run ? run.lease().holder() : "";
    return new PastAttempt(
        state.attempt(),
        startedAt,
        took,
        result,
        statusCode,
        error,
        node,
        !running.credentials().isEmpty());
  }
}
