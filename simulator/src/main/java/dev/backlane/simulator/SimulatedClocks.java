package dev.backlane.simulator;

import dev.backlane.engine.background.Threads;
import dev.backlane.engine.time.SteadyClock;
import java.time.Instant;
import java.time.InstantSource;

/// The clocks of all nodes of a simulation. A node starts as a real one does: with an embedded
/// store at the wall clock, but not before the latest stored time; with a shared store at the time
/// that the other nodes have published.
final class SimulatedClocks {
  private final SimulatedWall wall;
  private Instant latest = Instant.MIN;

  SimulatedClocks(SimulatedWall wall) {
    this.wall = wall;
  }

  /// Whether the time of a node may differ from the simulated time.
  boolean mayDiffer() {
    return wall.jumps();
  }

  InstantSource ofNode(Scenario scenario, FaultInjection faults, Threads threads) {
    var now = wall.instant();
    boolean first = latest.equals(Instant.MIN);
    boolean atWall = first || scenario.embedded() && now.isAfter(latest);
    var steady = new SteadyClock("wall clock", wall, threads, atWall ? now : latest);
    var clock = faults.clock(steady, wall);
    return () -> {
      var time = clock.instant();
      latest = time.isAfter(latest) ? time : latest;
      return time;
    };
  }
}
