package dev.backlane.gateway.dashboard.overview;

import dev.backlane.engine.background.Backoff;
import dev.backlane.engine.background.Loop;
import dev.backlane.engine.background.Loop.Next;
import dev.backlane.engine.background.Threads;
import dev.backlane.gateway.telemetry.Activity;
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

/// What this process did in the last hour: the counters, read every [#INTERVAL], and its activity
/// by route, tenant and upstream, read every [#ACTIVITY_INTERVAL]. A reading costs a few additions,
/// or a pass over the meters, and no access to the store. Thread-safe.
public final class History {
  /// The time between two readings.
  static final Duration INTERVAL = Duration.ofSeconds(10);

  /// The readings of an hour, and the one before.
  static final int READINGS_MAX = 361;

  /// The time between two readings of the activity, which occupy more memory.
  static final Duration ACTIVITY_INTERVAL = Duration.ofMinutes(5);

  /// The activities of an hour, and the one before.
  static final int ACTIVITIES_MAX = 13;

  private final Supplier<Reading> source;
  private final Supplier<Activity> activities;
  private final InstantSource clock;
  private final Loop loop;

  // Both guarded by `readings`.
  private final Deque<Timed> readings = new ArrayDeque<>();
  private final Deque<TimedActivity> pastActivities = new ArrayDeque<>();

  /// The counters at one moment; all but `queued` and `running` only grow.
  public record Reading(
      long accepted, long finished, long failed, long unknown, long queued, long running) {}

  private record Timed(Instant time, Reading reading) {}

  private record TimedActivity(Instant time, Activity activity) {}

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
  /// @param activities returns what was done since the start
  /// @param stopping whether the gateway is shutting down; then the readings end
  public History(
      Supplier<Reading> source,
      Supplier<Activity> activities,
      InstantSource clock,
      Threads threads,
      BooleanSupplier stopping) {
    this.source = source;
    this.activities = activities;
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
      if (activityIsDue(now.time())) {
        pastActivities.addLast(new TimedActivity(now.time(), activities.get()));
        if (pastActivities.size() > ACTIVITIES_MAX) {
          pastActivities.removeFirst();
        }
      }
    }
  }

  private boolean activityIsDue(Instant now) {
    var last = pastActivities.peekLast();
    return last == null || Duration.between(last.time(), now).compareTo(ACTIVITY_INTERVAL) >= 0;
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

  /// The activity of the last minutes until now. Without a reading at or after their begin, such as
  /// just after the start of the process, nothing.
  ///
  /// @param period at most an hour; it begins with a reading, up to [#ACTIVITY_INTERVAL] later
  Activity activity(Duration period) {
    var since = clock.instant().minus(period);
    var now = activities.get();
    synchronized (readings) {
      return pastActivities.stream()
          .filter(each -> !each.time().isBefore(since))
          .findFirst()
          .map(each -> now.since(each.activity()))
          .orElse(Activity.NONE);
    }
  }
}
