package dev.backlane.simulator;

/// Ends a thread whose process has died. An error, so that no code handles it as an exception.
final class Crash extends Error {
  private static final long serialVersionUID = 1L;

  Crash() {
    super("the process is dead", null, false, false);
  }
}
