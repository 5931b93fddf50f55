package dev.backlane.store.postgres.sql;

import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// The clock of the database: its last observed time, advanced by the monotonic clock of this
/// machine. It jumps when that of the database does; the nodes use it as the reference of a clock
/// that does not. The error is at most half a round trip. Thread-safe.
public final class DatabaseClock implements InstantSource {
  /// The maximum age of an observation, after which a less precise one, with a longer round trip,
  /// replaces it: two clocks drift apart by up to about 50 µs per second.
  private static final long SAMPLE_NANOS_MAX = TimeUnit.SECONDS.toNanos(30);

  private record Sample(long micros, long nanoTime, long roundTripNanos) {}

  private volatile @Nullable Sample sample;

  /// Records an observation of the database's clock.
  ///
  /// @param micros time of the database in microseconds since 1970
  /// @param sentNanos [System#nanoTime] before the query
  /// @param receivedNanos the same after the response
  public void observed(long micros, long sentNanos, long receivedNanos) {
    long roundTrip = receivedNanos - sentNanos;
    var before = sample;
    if (before == null
        || roundTrip <= 2 * before.roundTripNanos
        || receivedNanos - before.nanoTime > SAMPLE_NANOS_MAX) {
      sample = new Sample(micros, sentNanos + roundTrip / 2, roundTrip);
    }
  }

  @Override
  public Instant instant() {
    var last = sample;
    if (last == null) {
      throw new IllegalStateException("the database's clock was not read yet");
    }
    return Parameters.instant(
        last.micros + TimeUnit.NANOSECONDS.toMicros(System.nanoTime() - last.nanoTime));
  }
}
