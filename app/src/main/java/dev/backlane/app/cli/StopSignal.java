package dev.backlane.app.cli;

/// A request to stop a serving process.
public interface StopSignal {
  /// Starts to receive requests to stop. Called before the process announces its address, since a
  /// request may follow immediately.
  default void listen() {}

  /// Waits until a request to stop is received.
  void await() throws InterruptedException;
}
