package dev.backlane.engine.time;

import dev.backlane.engine.background.Threads;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A clock that does not jump: ids, due times and time limits follow it, so that a wrong wall clock
/// neither stops the queue nor changes its order.
///
/// It starts at a given time and advances with the monotonic time of the process. Once a second it
/// is compared with a reference, the wall clock or the clock of a database, and approaches it by at
/// most a twentieth of the elapsed time: drift and small corrections are followed within minutes,
/// and a jump of hours that lasts a minute changes the time by 3 s. A difference above 10 s is
/// logged once as a warning, and its end once as information. Never goes back. Thread-safe.
public final class SteadyClock implements InstantSource {
  /// A difference from the reference above which it is logged.
  public static final Duration DIFFERENCE_MAX = Duration.ofSeconds(10);

  /// The part of the elapsed time by which this clock approaches the reference.
  private static final int CORRECTION_SHARE = 20;

  /// The largest difference that is remembered; nanoseconds do not overflow.
  private static final Duration CORRECTION_MAX = Duration.ofDays(36_500);

  private static final Duration COMPARED_EVERY = Duration.ofSeconds(1);

  private static final Logger LOG = LoggerFactory.getLogger(SteadyClock.class);

  /// @param correction how far the reference was ahead, in nanoseconds
  private record Anchor(Instant time, long nanoTime, long correction) {
    Instant at(long now) {
      long elapsed = Math.max(0, now - nanoTime);
      long share = elapsed / CORRECTION_SHARE;
      return time.plusNanos(elapsed + Math.clamp(correction, -share, share));
    }
  }

  private final String name;
  private final InstantSource reference;
  private final Threads threads;
  private final AtomicReference<Anchor> anchor;
  private final AtomicBoolean apart = new AtomicBoolean();

  /// @param name the name of the reference in log messages, such as `wall clock`
  /// @param start the first time of this clock
  public SteadyClock(String name, InstantSource reference, Threads threads, Instant start) {
    this.name = name;
    this.reference = reference;
    this.threads = threads;
    this.anchor = new AtomicReference<>(new Anchor(start, threads.nanoTime(), 0));
    compare(anchor.get(), threads.nanoTime());
  }

  /// A clock that starts at the time of the wall clock, but not before the latest time that is
  /// stored: otherwise operations that are queued would become due later than new ones.
  public static SteadyClock notBefore(Instant latest, InstantSource wall, Threads threads) {
    var now = wall.instant();
    return new SteadyClock("wall clock", wall, threads, now.isBefore(latest) ? latest : now);
  }

  @Override
  public Instant instant() {
    long now = threads.nanoTime();
    var last = anchor.get();
    return now - last.nanoTime < COMPARED_EVERY.toNanos() ? last.at(now) : compare(last, now);
  }

  private Instant compare(Anchor last, long now) {
    var time = last.at(now);
    var ahead = Duration.between(time, reference.instant());
    if (anchor.compareAndSet(last, new Anchor(time, now, nanos(ahead)))) {
      report(ahead);
    }
    return time;
  }

  private static long nanos(Duration difference) {
    if (difference.abs().compareTo(CORRECTION_MAX) < 0) {
      return difference.toNanos();
    }
    return difference.isNegative() ? -CORRECTION_MAX.toNanos() : CORRECTION_MAX.toNanos();
  }

  private void report(Duration ahead) {
    boolean differs = ahead.abs().compareTo(DIFFERENCE_MAX) > 0;
    if (differs && apart.compareAndSet(false, true)) {
      LOG.warn(
          "The {} is {} {} the time that Backlane keeps, {}; it was set, or is wrong. Backlane"
              + " continues with its own time, by which nothing is lost or delayed, and approaches"
              + " the {} by 3 minutes an hour. Check the time synchronization of the machine",
          name,
          readable(ahead.abs()),
          ahead.isNegative() ? "behind" : "ahead of",
          anchor.get().time(),
          name);
    } else if (!differs && apart.compareAndSet(true, false)) {
      LOG.info("The {} agrees with the time that Backlane keeps again", name);
    }
  }

  private static String readable(Duration difference) {
    if (difference.toHours() >= 1) {
      return difference.toHours() + "h" + difference.toMinutesPart() + "m";
    }
    return difference.toMinutes() >= 1
        ? difference.toMinutes() + "m" + difference.toSecondsPart() + "s"
        : difference.toSeconds() + "s";
  }
}
