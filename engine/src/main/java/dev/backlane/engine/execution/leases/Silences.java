package dev.backlane.engine.execution.leases;

import dev.backlane.engine.store.Heartbeat;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// For how long each other holder has not renewed its lease. No clock is compared with another:
///
/// 1. **Observe:** each renewal of this process returns the last renewals of all others. If a
///    holder has the same one as in the observation before, it was silent in the time between the
///    two, which is measured with the monotonic clock.
/// 2. **Add up:** the silence of consecutive observations is added, and a renewal resets it. A
///    process that starts has seen nothing, and continues with what others have recorded: that was
///    measured too.
/// 3. **Cap:** time in which this process could not observe, such as an outage of the store or a
///    stall, counts as one usual interval at most. After it, every holder has time to renew.
/// 4. **Judge:** a holder whose silence has reached the lifetime of its lease is dead.
///
/// For one thread.
final class Silences {
  private final long countedNanosMax;
  private Map<String, Heartbeat> seen = new HashMap<>();
  private long observedNanos;

  /// @param countedMax the longest time between two observations that counts
  Silences(Duration countedMax) {
    this.countedNanosMax = countedMax.toNanos();
  }

  /// Records an observation. The store was read at some moment between the two times.
  ///
  /// @param others the last renewals of the other holders
  void observe(List<Heartbeat> others, long sentNanos, long receivedNanos) {
    // At least this time has passed between the two reads.
    long nanos = Math.clamp(sentNanos - observedNanos, 0, countedNanosMax);
    var next = new HashMap<String, Heartbeat>();
    for (var other : others) {
      var before = seen.get(other.holder());
      var silence =
          before != null && before.beat() == other.beat()
              ? longer(before.silence().plusNanos(nanos), other.silence())
              : other.silence();
      next.put(
          other.holder(), new Heartbeat(other.holder(), other.beat(), other.lifetime(), silence));
    }
    seen = next;
    observedNanos = receivedNanos;
  }

  /// The holders that were silent for longer than a time, which is recorded for other observers.
  List<Heartbeat> longerThan(Duration time) {
    return seen.values().stream().filter(each -> each.silence().compareTo(time) > 0).toList();
  }

  /// The holders whose silence has reached the lifetime of their leases.
  List<Heartbeat> dead() {
    var dead = new ArrayList<Heartbeat>();
    for (var each : seen.values()) {
      if (each.silence().compareTo(each.lifetime()) >= 0) {
        dead.add(each);
      }
    }
    return dead;
  }

  /// The time until the first holder is judged dead if it stays silent, but at most `max`.
  Duration untilDead(Duration max) {
    return seen.values().stream()
        .map(each -> each.lifetime().minus(each.silence()))
        .filter(Duration::isPositive)
        .reduce(max, Silences::shorter);
  }

  private static Duration longer(Duration one, Duration other) {
    return one.compareTo(other) > 0 ? one : other;
  }

  static Duration shorter(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }
}
