package dev.backlane.app;

/// Tells when a serving process is asked to stop.
interface StopSignal {
  /// From now on whoever asks is heard. To be called before anybody is told that the process serves: whoever is told may ask
  /// at once.
  default void listen() {}

  /// Returns when somebody asks.
  void await() throws InterruptedException;
}
