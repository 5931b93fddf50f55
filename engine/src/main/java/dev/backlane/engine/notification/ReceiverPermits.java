package dev.backlane.engine.notification;

import dev.backlane.engine.store.queue.Permits;
import dev.backlane.engine.store.queue.QueueKey;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/// The places for attempts: so many in all, of these so many for one company's receivers together and for one receiver. A
/// receiver has one place until an attempt has succeeded, so that many that hang take little; one that fails again and again is
/// left alone for a while and then given one attempt at a time until one succeeds (a circuit breaker, as in Nygard's "Release
/// It!"). Thread-safe.
final class ReceiverPermits implements Permits {
  /// Failures in a row after which a receiver is left alone.
  static final int FAILURES_MAX = 5;

  private static final Duration LEFT_ALONE_MIN = Duration.ofSeconds(10);
  private static final Duration LEFT_ALONE_MAX = Duration.ofMinutes(5);

  /// After which a receiver's failures are not held against it any more, and not kept.
  private static final Duration FAILURES_KEPT = Duration.ofHours(1);

  /// Receivers whose last attempt is known to have succeeded; of more, the one unheard for longest begins anew.
  private static final int PROVEN_MAX = 10_000;

  private record Failures(int inARow, Instant last, Instant leftAloneUntil) {}

  private final int max;
  private final int perTenantMax;
  private final int perReceiverMax;
  private final InstantSource clock;
  private final Map<String, Integer> places = new HashMap<>();
  private final Map<String, Integer> tenants = new HashMap<>();
  private final Map<String, Failures> failing = new HashMap<>();
  private final Set<String> proven =
      Collections.newSetFromMap(
          new LinkedHashMap<>() {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
              return size() > PROVEN_MAX;
            }
          });
  private int taken;

  ReceiverPermits(int max, int perTenantMax, int perReceiverMax, InstantSource clock) {
    this.max = max;
    this.perTenantMax = perTenantMax;
    this.perReceiverMax = perReceiverMax;
    this.clock = clock;
  }

  @Override
  public synchronized boolean tryAcquire(QueueKey key) {
    if (!hasPermit(key)) {
      return false;
    }
    taken++;
    places.merge(key.owner(), 1, Integer::sum);
    tenants.merge(key.lane(), 1, Integer::sum);
    return true;
  }

  @Override
  public synchronized void release(QueueKey key) {
    taken--;
    places.computeIfPresent(key.owner(), (_, count) -> count == 1 ? null : count - 1);
    tenants.computeIfPresent(key.lane(), (_, count) -> count == 1 ? null : count - 1);
  }

  @Override
  public synchronized boolean hasPermit(QueueKey key) {
    return taken < max
        && tenants.getOrDefault(key.lane(), 0) < perTenantMax
        && places.getOrDefault(key.owner(), 0) < roomOf(key.owner());
  }

  private int roomOf(String receiver) {
    var failures = failing.get(receiver);
    if (failures == null || failures.inARow() < FAILURES_MAX) {
      return proven.contains(receiver) ? perReceiverMax : 1;
    }
    return clock.instant().isBefore(failures.leftAloneUntil()) ? 0 : 1;
  }

  synchronized int free() {
    return max - taken;
  }

  synchronized int taken() {
    return taken;
  }

  /// Receivers that are left alone at present.
  synchronized int openCircuits() {
    var now = clock.instant();
    return (int)
        failing.values().stream().filter(each -> now.isBefore(each.leftAloneUntil())).count();
  }

  synchronized void succeeded(String receiver) {
    failing.remove(receiver);
    proven.remove(receiver);
    proven.add(receiver);
  }

  /// @param startedAt when the attempt began; one that was under way when another failed tells nothing new
  synchronized void failed(String receiver, Instant startedAt) {
    proven.remove(receiver);
    var before = failing.get(receiver);
    if (before != null && startedAt.isBefore(before.last())) {
      return;
    }
    var now = clock.instant();
    int inARow = before == null ? 1 : before.inARow() + 1;
    failing.put(receiver, new Failures(inARow, now, now.plus(openCircuits(inARow))));
  }

  private static Duration openCircuits(int inARow) {
    if (inARow < FAILURES_MAX) {
      return Duration.ZERO;
    }
    // 10 s, 20 s, 40 s, 80 s, 160 s, 5 min.
    var wait = LEFT_ALONE_MIN.multipliedBy(1L << Math.min(inARow - FAILURES_MAX, 5));
    return wait.compareTo(LEFT_ALONE_MAX) > 0 ? LEFT_ALONE_MAX : wait;
  }

  /// Forgets failures of long ago, so that what is kept is bounded by the receivers of an hour.
  synchronized void pruneOldFailures() {
    var old = clock.instant().minus(FAILURES_KEPT);
    failing.values().removeIf(failures -> failures.last().isBefore(old));
  }
}
