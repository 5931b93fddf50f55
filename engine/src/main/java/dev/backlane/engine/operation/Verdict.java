package dev.backlane.engine.operation;

import java.time.Duration;
import java.util.Optional;

/// The result of an attempt, as far as it is known.
public sealed interface Verdict {
  /// The upstream responded.
  ///
  /// @param retryAfter the wait in its `Retry-After`, if it has a valid one
  record Responded(Response response, Optional<Duration> retryAfter) implements Verdict {}

  /// The request certainly never reached the upstream.
  ///
  /// @param obstacle what kept it from being sent
  record NotSent(Obstacle obstacle, String cause) implements Verdict {}

  /// The request may have reached the upstream, and no complete response was received.
  record Unknown(String cause) implements Verdict {}

  /// The upstream responded, and the response cannot be stored; a retry would not help.
  ///
  /// @param code why, for programs
  record Unusable(ErrorCode code, String cause) implements Verdict {}
}
