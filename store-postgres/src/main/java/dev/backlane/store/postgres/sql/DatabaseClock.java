package dev.backlane.store.postgres.sql;

import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// The database's clock as told at the last look, carried on by this machine's monotonic one: all nodes agree on what is due
/// and whose lease is over, whatever their own clocks say, and a clock that is set moves nothing. Off by half a round trip at
/// most. Thread-safe.
public final class DatabaseClock implements InstantSource {
  /// A look that took much longer than the best one so far tells less; after this long it is taken all the same, since two
  /// clocks drift apart by up to about 50 µs a second.
  private static final long SAMPLE_NANOS_MAX = TimeUnit.SECONDS.toNanos(30);

  private record Sample(long micros, long nanoTime, long roundTripNanos) {}

  private volatile @Nullable Sample sample;

  /// Told what the database's clock said.
  ///
  /// @param micros since 1970
  /// @param askedNanos [System#nanoTime] before the question
  /// @param answeredNanos and after the answer
  public void told(long micros, long askedNanos, long answeredNanos) {
    long roundTrip = answeredNanos - askedNanos;
    var before = sample;
    if (before == null
        || roundTrip <= 2 * before.roundTripNanos
        || answeredNanos - before.nanoTime > SAMPLE_NANOS_MAX) {
      sample = new Sample(micros, askedNanos + roundTrip / 2, roundTrip);
    }
  }

  @Override
  public Instant instant() {
    var last = sample;
    if (last == null) {
      throw new IllegalStateException("the database's clock was not asked yet");
    }
    return Parameters.instant(
        last.micros + TimeUnit.NANOSECONDS.toMicros(System.nanoTime() - last.nanoTime));
  }
}
