package dev.backlane.simulator;

import dev.backlane.engine.background.Threads;
import java.time.Duration;

/// The threads of one simulated process.
final class SimulatedThreads implements Threads {
  private final SimulatedScheduler scheduler;
  private final SimulatedProcess process;

  SimulatedThreads(SimulatedScheduler scheduler, SimulatedProcess process) {
    this.scheduler = scheduler;
    this.process = process;
  }

  @Override
  public void start(String name, Runnable work) {
    scheduler.start(process, work);
  }

  @Override
  public long nanoTime() {
    return Duration.between(SimulatedScheduler.BEGINNING, scheduler.instant()).toNanos();
  }

  @Override
  public Signal signal() {
    return scheduler.signal();
  }
}
