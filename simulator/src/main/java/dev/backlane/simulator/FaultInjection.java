package dev.backlane.simulator;

import dev.backlane.engine.background.Threads;
import dev.backlane.engine.execution.Routes;
import dev.backlane.engine.execution.Upstream;
import dev.backlane.engine.store.OperationStore;
import java.time.InstantSource;

/// Replaces collaborators of the engine, for example with a bug that the checker must find. Each
/// method returns the replacement of its argument.
interface FaultInjection {
  /// Replaces nothing.
  FaultInjection NONE = new FaultInjection() {};

  default OperationStore store(OperationStore store, SimulatedScheduler scheduler) {
    return store;
  }

  default Upstream upstream(Upstream upstream) {
    return upstream;
  }

  default Threads threads(Threads threads) {
    return threads;
  }

  /// @param wall the wall clock, which may jump
  default InstantSource clock(InstantSource steady, InstantSource wall) {
    return steady;
  }

  default Routes routes(Routes routes) {
    return routes;
  }

  /// The concurrency to use instead of the scenario's.
  default int concurrency(int concurrency) {
    return concurrency;
  }
}
