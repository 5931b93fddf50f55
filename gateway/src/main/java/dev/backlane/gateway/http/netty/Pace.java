package dev.backlane.gateway.http.netty;

import java.time.Duration;

/// How long one direction of a call may wait for the client: a grace without progress, and in sum
/// no slower than a minimum rate (240 B/s, as Kestrel has it). Only waits count, so that a handler
/// that pauses costs the client nothing. For one thread at a time.
final class Pace {
  private static final long NANOS_PER_BYTE = 1_000_000_000L / 240;

  private final long graceNanos;
  private long budgetNanos;

  Pace(Duration grace) {
    graceNanos = grace.toNanos();
    budgetNanos = graceNanos;
  }

  /// How long the next wait may last.
  long limitNanos() {
    return Math.min(graceNanos, budgetNanos);
  }

  /// Counts a wait.
  void waited(long nanos) {
    budgetNanos -= nanos;
  }

  /// Counts bytes that moved.
  void moved(int bytes) {
    budgetNanos += bytes * NANOS_PER_BYTE;
  }
}
