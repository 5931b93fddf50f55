package dev.backlane.store.testkit;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicReference;

/// A clock that only changes when it is set. Thread-safe.
public final class SettableClock implements InstantSource {
  private final AtomicReference<Instant> now;

  /// @param start the initial time
  public SettableClock(Instant start) {
    now = new AtomicReference<>(start);
  }

  @Override
  public Instant instant() {
    return now.get();
  }

  /// Sets the time, which may be earlier than the present one.
  public void set(Instant instant) {
    now.set(instant);
  }

  /// Advances the time, or sets it back if `step` is negative.
  ///
  /// @return the new time
  public Instant advance(Duration step) {
    return now.updateAndGet(instant -> instant.plus(step));
  }
}
