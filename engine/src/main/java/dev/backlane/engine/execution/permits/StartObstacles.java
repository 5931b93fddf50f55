package dev.backlane.engine.execution.permits;

import dev.backlane.engine.operation.Outage;
import java.util.List;
import java.util.Optional;

/// What keeps due operations of a tenant on a route from starting in this process at present.
///
/// @param outage of the upstream, if there is one: only single probes start
/// @param limits those that are reached
/// @param draining whether the process starts nothing more
public record StartObstacles(Optional<Outage> outage, List<ReachedLimit> limits, boolean draining) {
  public StartObstacles {
    limits = List.copyOf(limits);
  }
}
