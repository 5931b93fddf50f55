package dev.backlane.engine.execution.permits;

import dev.backlane.engine.store.queue.QueueKey;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The concurrency limits of tenants on routes: what the upstream refuses to one tenant on one
/// route slows no other. A key has a [ConcurrencyLimit] only while it is below the maximum. Not
/// thread-safe: guarded by [ExecutionPermits].
final class ConcurrencyLimits {
  private static final Logger LOG = LoggerFactory.getLogger(ConcurrencyLimits.class);

  /// The most keys with a limit below the maximum. Beyond it, the limit of the key that was used
  /// least recently is lifted.
  static final int KEYS_MAX = 10_000;

  /// A limit whose key had no attempt for this time is lifted: it says nothing about the upstream
  /// any more.
  static final Duration IDLE_MAX = Duration.ofMinutes(10);

  private static final class Limited {
    private final ConcurrencyLimit limit;
    private long endedNanos;
    private boolean reported;

    Limited(ConcurrencyLimit limit) {
      this.limit = limit;
    }
  }

  private final Supplier<Concurrency> concurrency;
  private final Map<QueueKey, Limited> limited =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<QueueKey, Limited> eldest) {
          if (size() <= KEYS_MAX) {
            return false;
          }
          reportLifted(eldest.getKey(), eldest.getValue());
          return true;
        }
      };

  ConcurrencyLimits(Supplier<Concurrency> concurrency) {
    this.concurrency = concurrency;
  }

  /// How many attempts of a key may be in flight.
  int of(QueueKey key) {
    var entry = limited.get(key);
    return entry == null ? concurrency.get().max() : entry.limit.current();
  }

  /// Adapts the limit of a key to the result of an attempt.
  ///
  /// @param refused whether the upstream responded with 429 or 503, or too late
  /// @param inFlight attempts of the key in flight, including this one
  void ended(QueueKey key, long startedNanos, long nowNanos, boolean refused, int inFlight) {
    var entry = limited.get(key);
    if (entry == null) {
      if (!refused) {
        return;
      }
      entry = new Limited(new ConcurrencyLimit(concurrency));
      limited.put(key, entry);
    }
    entry.endedNanos = nowNanos;
    entry.limit.ended(startedNanos, nowNanos, refused, inFlight);
    int current = entry.limit.current();
    if (!entry.reported && 2 * current < concurrency.get().max()) {
      entry.reported = true;
      LOG.warn(
          "The upstream refuses calls of tenant {} on route {} (429, 503) or is slow: at most {} of"
              + " them run at the same time instead of {}",
          key.owner(),
          RouteLimits.shown(key.lane()),
          current,
          concurrency.get().max());
    } else if (current == concurrency.get().max()) {
      limited.remove(key);
      reportLifted(key, entry);
    }
  }

  /// Lifts the limits of keys that had no attempt for [#IDLE_MAX].
  void prune(long nowNanos) {
    limited
        .entrySet()
        .removeIf(each -> {
          boolean idle = nowNanos - each.getValue().endedNanos > IDLE_MAX.toNanos();
          if (idle) {
            reportLifted(each.getKey(), each.getValue());
          }
          return idle;
        });
  }

  private void reportLifted(QueueKey key, Limited entry) {
    if (entry.reported) {
      LOG.info(
          "Calls of tenant {} on route {} are no longer limited: {} of them may run at the same time",
          key.owner(),
          RouteLimits.shown(key.lane()),
          concurrency.get().max());
    }
  }

  /// The lowest limit of any tenant on a route; empty if no tenant is limited on it.
  OptionalInt lowestOf(String route) {
    return limited.entrySet().stream()
        .filter(each -> each.getKey().lane().equals(route))
        .mapToInt(each -> each.getValue().limit.current())
        .min();
  }

  /// How many keys have a limit below the maximum.
  int size() {
    return limited.size();
  }
}
