package dev.backlane.gateway.connect;

import java.time.Duration;

/// What has been observed of how long the upstream keeps idle connections open. It decides whether
/// a call that may not be repeated can be sent on a kept connection: if the upstream closes the
/// connection at that moment, the outcome of the call is unknown.
///
/// Such a call may use a connection that was idle for less than 100 ms, once 32 connections in a
/// row were open after 1 s without use. One connection that the upstream closed earlier, without
/// announcing it, starts the count again. Thread-safe.
public final class IdleLifetimes {
  private static final Duration BRIEF = Duration.ofMillis(100);
  private static final Duration LONG = Duration.ofSeconds(1);
  private static final int SURVIVORS_MIN = 32;

  private int survivors;

  /// A connection was still open after it was idle for a time.
  public synchronized void survived(Duration idle) {
    if (idle.compareTo(LONG) >= 0 && survivors < SURVIVORS_MIN) {
      survivors++;
    }
  }

  /// The upstream has closed an idle connection.
  ///
  /// @param seenOpen how long it was certainly open
  public synchronized void closed(Duration seenOpen) {
    if (seenOpen.compareTo(LONG) < 0) {
      survivors = 0;
    }
  }

  /// Whether a call that may not be repeated can be sent on a connection.
  public synchronized boolean trust(Duration idle) {
    return survivors >= SURVIVORS_MIN && idle.compareTo(BRIEF) < 0;
  }
}
