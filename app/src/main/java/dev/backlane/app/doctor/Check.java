package dev.backlane.app.doctor;

/// Tries one thing that a gateway needs, in bounded time.
@FunctionalInterface
interface Check {
  void run(Findings findings) throws InterruptedException;
}
