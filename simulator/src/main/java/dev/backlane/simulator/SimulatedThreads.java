package dev.backlane.simulator;

import dev.backlane.engine.background.Threads;
import java.time.Duration;

/// The threads of one simulated process.
final class SimulatedThreads implements Threads {
  private final SimulatedScheduler world;
  private final SimulatedProcess process;

  SimulatedThreads(SimulatedScheduler world, SimulatedProcess process) {
    this.world = world;
    this.process = process;
  }

  @Override
  public void start(String name, Runnable work) {
    world.start(process, work);
  }

  @Override
  public long nanoTime() {
    return Duration.between(SimulatedScheduler.BEGINNING, world.instant()).toNanos();
  }

  @Override
  public Signal signal() {
    return world.signal();
  }
}
