package dev.backlane.simulator;

/// The process of the running strand is dead: it does nothing any more. An error, so that no code takes it for a fault of its
/// own.
final class Crash extends Error {
  private static final long serialVersionUID = 1L;

  Crash() {
    super("the process is dead", null, false, false);
  }
}
