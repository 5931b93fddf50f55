package dev.backlane.engine.execution;

import java.time.Duration;

/// Where the engine's threads run, and how they wait. Two implementations: the virtual threads of [#VIRTUAL], and those of the
/// simulator, in which time passes as it says.
public interface Threads {
  /// Virtual threads and the time of the machine.
  Threads VIRTUAL = new VirtualThreads();

  /// Starts a thread that is not waited for at the process's end.
  void start(String name, Runnable work);

  /// A new signal.
  Signal signal();

  /// Wakes one thread that waits for it. Raising it before the wait ends that wait at once; raising it often is raising it
  /// once. Thread-safe.
  interface Signal {
    /// Ends the wait that is under way or comes next.
    void raise();

    /// Waits until it is raised or the time is over.
    ///
    /// @return whether it was raised
    /// @throws InterruptedException if the waiting thread is interrupted
    boolean await(Duration max) throws InterruptedException;
  }
}
