package dev.backlane.store.testkit;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicReference;

/// A clock that stands still until it is told otherwise. Thread-safe.
public final class SettableClock implements InstantSource {
  private final AtomicReference<Instant> now;

  /// @param start what it shows at first
  public SettableClock(Instant start) {
    now = new AtomicReference<>(start);
  }

  @Override
  public Instant instant() {
    return now.get();
  }

  /// Shows `instant` from here on; may be earlier than what it shows.
  public void set(Instant instant) {
    now.set(instant);
  }

  /// Moves on, or back where `step` is negative.
  ///
  /// @return what it shows then
  public Instant advance(Duration step) {
    return now.updateAndGet(instant -> instant.plus(step));
  }
}
