package dev.backlane.engine.execution;

import dev.backlane.engine.operation.Request;
import dev.backlane.engine.operation.RetryPolicy;
import java.time.Duration;

/// How operations of one route are executed.
///
/// @param retry when an attempt is followed by a retry
/// @param attemptTimeout the maximum duration of one attempt, from connect to the last byte
/// @param responseStartTimeout the maximum wait for the response to begin, after the request was
///     sent; zero: no limit other than `attemptTimeout`
public record ExecutionPolicy(
    RetryPolicy retry, Duration attemptTimeout, Duration responseStartTimeout) {

  /// A policy without a limit for the begin of the response.
  public ExecutionPolicy(RetryPolicy retry, Duration attemptTimeout) {
    this(retry, attemptTimeout, Duration.ZERO);
  }

  /// The policy that permits only what both permit.
  ExecutionPolicy stricter(ExecutionPolicy other) {
    if (equals(other)) {
      return this;
    }
    return new ExecutionPolicy(
        retry.stricter(other.retry),
        RetryPolicy.shorter(attemptTimeout, other.attemptTimeout),
        responseStartTimeout.isZero() || other.responseStartTimeout.isZero()
            ? responseStartTimeout.plus(other.responseStartTimeout)
            : RetryPolicy.shorter(responseStartTimeout, other.responseStartTimeout));
  }

  /// Whether sending a request twice does no harm: its method is idempotent, or the owner of the
  /// API has declared it.
  public boolean repeatable(Request request) {
    return retry.repeatable() || request.idempotent();
  }
}
