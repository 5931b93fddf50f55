package dev.backlane.app.process;

import java.time.Duration;

/// The requests to a serving process from outside: to read its configuration again, to stop, and to
/// stop at once.
public interface StopSignal {
  /// Postpones requests to reload until [#await(Runnable)]. Called before the start, during which a
  /// SIGHUP would end the process.
  default void holdReloads() {}

  /// Starts to receive requests to stop. Called before the process announces its address, since a
  /// request may follow immediately.
  default void listen() {}

  /// Waits until a request to stop or to reload is received; there is nothing to reload.
  void await() throws InterruptedException;

  /// Waits until a request to stop is received.
  ///
  /// @param reload runs on the waiting thread for each request to reload before it
  default void await(Runnable reload) throws InterruptedException {
    await();
  }

  /// Limits the stop that begins now. The process ends at once when `max` has passed, and within
  /// some seconds after a second request to stop.
  ///
  /// @param stopNow runs after a second request to stop, and shortens the stop
  default void limit(Duration max, Runnable stopNow) {}

  /// Whether a second request to stop was received.
  default boolean stoppedAtOnce() {
    return false;
  }
}
