package dev.backlane.gateway.dashboard.overview;

import dev.backlane.engine.background.Backoff;
import dev.backlane.engine.background.Loop;
import dev.backlane.engine.background.Loop.Next;
import dev.backlane.engine.background.Threads;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/// What this process did in the last hour: the counters, read every [#INTERVAL]. A reading costs a
/// few additions and no access to the store. Thread-safe.
public final class History {
  /// The time between two readings.
  static final Duration INTERVAL = Duration.ofSeconds(10);

  /// The readings of an hour, and the one before.
  static final int READINGS_MAX = 361;

  private final Supplier<Reading> source;
  private final InstantSource clock;
  private final Loop loop;
  private final Deque<Timed> readings = new ArrayDeque<>();

  /// The counters at one moment; all but `queued` and `running` only grow.
  public record Reading(
      long accepted, long finished, long failed, long unknown, long queued, long running) {}

  private record Timed(Instant time, Reading reading) {}

  /// What happened between two readings, per minute.
  ///
  /// @param time of the second reading
  public record Rate(
      Instant time,
      double accepted,
      double finished,
      double failed,
      double unknown,
      long queued,
      long running) {}

  /// @param source returns the present counters
  /// @param stopping whether the gateway is shutting down; then the readings end
  public History(
      Supplier<Reading> source, InstantSource clock, Threads threads, BooleanSupplier stopping) {
    this.source = source;
    this.clock = clock;
    this.loop =
        new Loop(
            "History of the dashboard",
            () -> {
              read();
              return stopping.getAsBoolean() ? Next.done() : Next.after(INTERVAL);
            },
            Backoff.constant(INTERVAL),
            threads);
  }

  /// Starts reading. Called once.
  public void start() {
    loop.start();
  }

  /// Reads the counters now.
  void read() {
    var now = new Timed(clock.instant(), source.get());
    synchronized (readings) {
      readings.addLast(now);
      if (readings.size() > READINGS_MAX) {
        readings.removeFirst();
      }
    }
  }

  /// The rates of the last hour, oldest first: one less than there are readings.
  List<Rate> rates() {
    List<Timed> all;
    synchronized (readings) {
      all = List.copyOf(readings);
    }
    var rates = new ArrayList<Rate>();
    for (int i = 1; i < all.size(); i++) {
      rates.add(rate(all.get(i - 1), all.get(i)));
    }
    return rates;
  }

  private static Rate rate(Timed from, Timed to) {
    double minutes =
        Math.max(1, Duration.between(from.time(), to.time()).toMillis())
            / (double) Duration.ofMinutes(1).toMillis();
    var before = from.reading();
    var now = to.reading();
    return new Rate(
        to.time(),
        (now.accepted() - before.accepted()) / minutes,
        (now.finished() - before.finished()) / minutes,
        (now.failed() - before.failed()) / minutes,
        (now.unknown() - before.unknown()) / minutes,
        now.queued(),
        now.running());
  }

  /// What happened in the last minutes until now, in total.
  Reading last(Duration period) {
    var since = clock.instant().minus(period);
    var to = source.get();
    var from = firstSince(since).orElse(to);
    return new Reading(
        to.accepted() - from.accepted(),
        to.finished() - from.finished(),
        to.failed() - from.failed(),
        to.unknown() - from.unknown(),
        to.queued(),
        to.running());
  }

  /// The first reading at or after a time, else the last one.
  private Optional<Reading> firstSince(Instant since) {
    synchronized (readings) {
      return readings.stream()
          .filter(each -> !each.time().isBefore(since))
          .findFirst()
          .or(() -> Optional.ofNullable(readings.peekLast()))
          .map(Timed::reading);
    }
  }
}
