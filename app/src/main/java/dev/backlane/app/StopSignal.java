package dev.backlane.app;

/// Tells when a serving process is asked to stop.
interface StopSignal {
  /// Returns when somebody asks.
  void await() throws InterruptedException;
}
