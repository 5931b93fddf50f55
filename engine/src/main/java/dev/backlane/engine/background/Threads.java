package dev.backlane.engine.background;

import java.time.Duration;

/// The port through which the engine starts threads, waits, and measures elapsed time. Two
/// implementations: [#VIRTUAL] for a real process, and the simulator's, in which time is simulated.
/// Thread-safe.
public interface Threads {
  /// Virtual threads and the machine's time.
  Threads VIRTUAL = new VirtualThreads();

  /// Starts a thread. The end of the process does not wait for it.
  void start(String name, Runnable work);

  /// Returns a new signal, not raised.
  Signal signal();

  /// Returns the time in nanoseconds since an arbitrary fixed point. It never goes back, whatever the
  /// wall clock does; only differences of two values are meaningful.
  long nanoTime();

  /// Wakes one waiting thread. A signal that is raised before a wait ends that wait at once; raising
  /// it several times before a wait equals raising it once. Thread-safe.
  interface Signal {
    /// Ends the current wait or, if no thread waits, the next one.
    void raise();

    /// Waits until the signal is raised or `max` has passed.
    ///
    /// @return whether it was raised
    /// @throws InterruptedException if the waiting thread is interrupted
    boolean await(Duration max) throws InterruptedException;
  }
}
