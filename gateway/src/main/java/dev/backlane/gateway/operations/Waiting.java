package dev.backlane.gateway.operations;

import dev.backlane.engine.store.search.MatchCount;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// Why an operation that has not ended is not running, as this process knows it.
///
/// @param reasons at least one, the decisive ones first
/// @param nextAttempt when the next attempt is due, at the earliest; empty if it is held
/// @param ahead how many operations of the same tenant and route start before it; empty if it is
///     not due yet
public record Waiting(
    List<WaitReason> reasons, Optional<Instant> nextAttempt, Optional<MatchCount> ahead) {
  public Waiting {
    reasons = List.copyOf(reasons);
  }
}
