package dev.backlane.app.cli;

/// Reports that a serving process is to stop.
public interface StopSignal {
  /// From now on a request to stop is received. Call it before the process announces that it
  /// serves: a request may follow at once.
  default void listen() {}

  /// Returns when the process is to stop.
  void await() throws InterruptedException;
}
