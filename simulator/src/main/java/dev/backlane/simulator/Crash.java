package dev.backlane.simulator;

import dev.backlane.engine.background.ProcessEndedError;

/// Ends a thread whose process has died. An error, so that no code handles it as an exception.
final class Crash extends ProcessEndedError {
  private static final long serialVersionUID = 1L;

  Crash() {
    super("the process is dead");
  }
}
