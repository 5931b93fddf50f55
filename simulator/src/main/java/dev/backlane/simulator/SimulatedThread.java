package dev.backlane.simulator;

import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/// A thread of the simulation: it runs only while it holds the baton of its [SimulatedScheduler].
final class SimulatedThread {
  private final @Nullable SimulatedProcess process;
  private final Semaphore baton = new Semaphore(0);

  /// Counts its waits, so that a timer of an earlier wait wakes nobody.
  long waits;

  boolean waiting;

  /// @param process whose strand it is; null: of the world around the processes
  SimulatedThread(@Nullable SimulatedProcess process) {
    this.process = process;
  }

  @Nullable SimulatedProcess process() {
    return process;
  }

  void giveBaton() {
    baton.release();
  }

  void awaitBaton() {
    baton.acquireUninterruptibly();
  }
}
