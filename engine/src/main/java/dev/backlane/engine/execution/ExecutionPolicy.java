package dev.backlane.engine.execution;

import dev.backlane.engine.operation.RetryPolicy;
import java.time.Duration;

/// How operations of one route are executed.
///
/// @param retry when an attempt is followed by a retry
/// @param attemptTimeout the maximum duration of one attempt, from connect to the last byte
public record ExecutionPolicy(RetryPolicy retry, Duration attemptTimeout) {}
