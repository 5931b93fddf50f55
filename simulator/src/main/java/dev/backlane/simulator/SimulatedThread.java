package dev.backlane.simulator;

import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;

/// A thread of the simulation, which runs only while it holds the baton of its
/// [SimulatedScheduler].
final class SimulatedThread {
  private final @Nullable SimulatedProcess process;
  private final Semaphore baton = new Semaphore(0);

  /// Counts its waits, so that the timer of an earlier wait does not end a later one.
  long waits;

  boolean waiting;

  /// @param process the process that the thread belongs to; null for the environment of the
  ///     processes
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
