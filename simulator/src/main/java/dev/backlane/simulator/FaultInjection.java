package dev.backlane.simulator;

import dev.backlane.engine.background.Threads;
import dev.backlane.engine.execution.Routes;
import dev.backlane.engine.execution.Upstream;
import dev.backlane.engine.store.OperationStore;

/// A change of what the engine works with, such as a bug that the checker must find. Each method gives what takes the place of
/// what it is given.
interface FaultInjection {
  /// Nothing is changed.
  FaultInjection NONE = new FaultInjection() {};

  default OperationStore store(OperationStore store, SimulatedScheduler world) {
    return store;
  }

  default Upstream upstream(Upstream upstream) {
    return upstream;
  }

  default Threads threads(Threads threads) {
    return threads;
  }

  default Routes routes(Routes routes) {
    return routes;
  }

  /// Attempts at a time, for a plan's.
  default int concurrency(int concurrency) {
    return concurrency;
  }
}
