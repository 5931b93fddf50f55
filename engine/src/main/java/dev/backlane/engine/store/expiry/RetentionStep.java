package dev.backlane.engine.store.expiry;

import java.time.Duration;
import java.time.Instant;

/// One step of expiry. Retention is measured in observed time: each step adds the monotonic time
/// since the previous step of the same process, so that no wall clock, however wrong, makes
/// anything expire. The time in which no process runs is not observed, and data is kept longer by
/// it.
///
/// @param retention how long data is kept after it ended
/// @param elapsed the observed time since the previous step, at most two intervals
/// @param now the present time; later times of a process are not before it
/// @param recordedEvery the longest interval at which ends were recorded, as [#interval]
public record RetentionStep(
    Duration retention, Duration elapsed, Instant now, Duration recordedEvery) {
  private static final Duration INTERVAL_MAX = Duration.ofMinutes(1);
  private static final Duration INTERVAL_MIN = Duration.ofMillis(100);
  private static final int INTERVALS_PER_RETENTION = 10;
  private static final int INTERVALS_KEPT = 3;

  /// A step of a process whose retention has not changed.
  public RetentionStep(Duration retention, Duration elapsed, Instant now) {
    this(retention, elapsed, now, interval(retention));
  }

  /// The wait between two steps: a tenth of the retention, from 100 ms to 1 min.
  public static Duration interval(Duration retention) {
    var share = retention.dividedBy(INTERVALS_PER_RETENTION);
    if (share.compareTo(INTERVAL_MAX) > 0) {
      return INTERVAL_MAX;
    }
    return share.compareTo(INTERVAL_MIN) < 0 ? INTERVAL_MIN : share;
  }

  /// The observed time from a recorded end to the prune: the retention and three intervals. An end
  /// is recorded with the observed time of the last step, and at most once per interval, so that
  /// the recorded time may precede the end by that much.
  public static Duration kept(Duration retention) {
    return retention.plus(interval(retention).multipliedBy(INTERVALS_KEPT));
  }

  /// The observed time from a recorded end to the prune, in milliseconds, if ends may have been
  /// recorded as rarely as [#recordedEvery].
  public long keptMillis() {
    return retention.plus(recordedEvery.multipliedBy(INTERVALS_KEPT)).toMillis();
  }
}
