package dev.backlane.gateway.ratelimit;

import dev.backlane.engine.execution.Completions;
import dev.backlane.engine.operation.OperationId;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/// How callers wait for the end of an operation.
///
/// @param completions wakes them
/// @param max the longest wait, `limits.wait-max`; may change
/// @param inFlight of one caller at the same time
public record Waits(Completions completions, Supplier<Duration> max, InFlight inFlight) {
  /// The wait that a caller gets if it requests one.
  public Duration capped(Duration requested) {
    var most = max.get();
    return requested.compareTo(most) < 0 ? requested : most;
  }

  /// Waits until `ended` returns true, or the time is over. An interrupt ends the wait and is kept.
  public void await(OperationId id, Duration wait, BooleanSupplier ended) {
    try {
      completions.await(id, capped(wait), ended);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
